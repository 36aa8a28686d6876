"""JSON batching: up to twenty requests in one, answered one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from calmirror.http.message import Answer, Request
from calmirror.sandbox.graph.errors import graph_error
from calmirror.sandbox.graph.query import RefusedError

MOST = 20
Send = Callable[[Request], Answer]


def batched(request: Request, *, root: str, send: Send, any_order: bool) -> Answer:
    """Carries out a batch; each member is given to `send` as a request of its own, with the batch's token."""
    answered: dict[str, Answer] = {}
    for member in _members(request):
        needs = [answered.get(str(name)) for name in member.get("dependsOn") or ()]
        if any(need is None or need.status >= 400 for need in needs):
            answer = graph_error(424, "FailedDependency", "A request that this one depends on failed.")
        else:
            answer = send(_request(member, request, root))
        answered[str(member["id"])] = answer
    responses = [_response(name, answer) for name, answer in answered.items()]
    if any_order:
        responses = responses[1::2] + responses[::2]
    body = json.dumps({"responses": responses}).encode()
    return Answer(200, {"content-type": "application/json"}, body)


def _members(request: Request) -> list[dict[str, Any]]:
    """The members of a batch; raises RefusedError for one that is malformed as a whole."""
    try:
        members = json.loads(request.body)["requests"]
        names = [str(member["id"]).lower() for member in members]
        whole = all(isinstance(member["url"], str) and isinstance(member["method"], str) for member in members)
    except (ValueError, KeyError, TypeError):
        raise RefusedError(_bad("Invalid batch payload format.")) from None
    if not whole or not members or any(member["url"].lower().lstrip("/").startswith("$batch") for member in members):
        raise RefusedError(_bad("Invalid batch payload format."))
    if len(members) > MOST:
        raise RefusedError(_bad(f"The number of maximum allowed requests in a batch is {MOST}."))
    if len(set(names)) < len(names):
        raise RefusedError(_bad("Request Id values must be unique."))
    return list(members)


def _request(member: Mapping[str, Any], outer: Request, root: str) -> Request:
    headers = {str(key).lower(): str(value) for key, value in (member.get("headers") or {}).items()}
    if "authorization" in outer.headers:
        headers.setdefault("authorization", outer.headers["authorization"])
    body = member.get("body")
    sent = b"" if body is None else json.dumps(body).encode()
    return Request(str(member["method"]).upper(), f"{root}/{str(member['url']).lstrip('/')}", headers, sent)


def _response(name: str, answer: Answer) -> dict[str, Any]:
    headers = {"-".join(part.capitalize() for part in key.split("-")): value for key, value in answer.headers.items()}
    response: dict[str, Any] = {"id": name, "status": answer.status, "headers": headers}
    if answer.body:
        try:
            response["body"] = answer.json()
        except ValueError:
            response["body"] = answer.body.decode("utf-8", "replace")
    return response


def _bad(message: str) -> Answer:
    return graph_error(400, "BadRequest", message)
