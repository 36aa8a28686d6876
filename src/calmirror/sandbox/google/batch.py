"""The batch endpoint's multipart bodies, taken apart and put together byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from calmirror.http.message import Answer, Request
from calmirror.sandbox.google.errors import RefusedError, front_end_error

MOST_MEMBERS = 1000


@dataclass(frozen=True, slots=True)
class Member:
    """One request of a batch and the Content-ID by which its answer is found."""

    request: Request
    content_id: str


def members(outer: Request, origin: str) -> list[Member]:
    """Reads a batch; outer headers (not Content-*) hold for each member unless it states its own."""
    match = re.search(r'boundary="?([^";,]+)"?', outer.headers.get("content-type", ""))
    if match is None or not outer.headers["content-type"].lower().startswith("multipart/mixed"):
        raise _unreadable("Missing boundary.")
    pieces = re.split(rb"(?:\r?\n|^)--" + re.escape(match[1].encode()) + rb"(?:--)?[ \t]*(?=\r?\n|$)", outer.body)
    found = [_member(piece, outer, origin) for piece in pieces[1:] if piece.strip()]
    if not found:
        raise _unreadable("The batch is empty.")
    if len(found) > MOST_MEMBERS:
        raise _unreadable(f"The number of calls is over the limit of {MOST_MEMBERS}.")
    return found


def _member(piece: bytes, outer: Request, origin: str) -> Member:
    part_headers, inner = _split(piece.lstrip(b"\r\n"))
    head, body = _split(inner.lstrip(b"\r\n"), with_first_line=True)
    words = head.pop("", "").split()
    if len(words) < 2 or not words[1].startswith("/"):
        raise _unreadable("A member's address must be a path.")
    inherited = {name: value for name, value in outer.headers.items() if not name.startswith("content-")}
    length = head.get("content-length")
    body = body[: int(length)] if length is not None and length.isdigit() else body.rstrip(b"\r\n")
    request = Request(words[0].upper(), origin + words[1], {**inherited, **head}, body)
    return Member(request, part_headers.get("content-id", ""))


def _split(text: bytes, *, with_first_line: bool = False) -> tuple[dict[str, str], bytes]:
    """Headers (the first line under an empty name) and what follows the blank line; CRLF or LF."""
    pieces = re.split(rb"\r?\n\r?\n", text, maxsplit=1)
    lines = pieces[0].decode("utf-8", "replace").splitlines()
    headers = {"": lines[0]} if with_first_line and lines else {}
    for line in lines[1 if with_first_line else 0 :]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers, pieces[1] if len(pieces) > 1 else b""


def batch_answer(answers: Sequence[tuple[str, Answer]], boundary: str) -> Answer:
    """The whole answer, in the order given: Content-ID and Answer of each member."""
    parts = [_part(content_id, answer, boundary) for content_id, answer in answers]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Answer(200, {"content-type": f"multipart/mixed; boundary={boundary}"}, body)


def _part(content_id: str, answer: Answer, boundary: str) -> bytes:
    lines = [f"--{boundary}", "Content-Type: application/http"]
    if content_id:
        lines.append(f"Content-ID: {_echo(content_id)}")
    phrase = HTTPStatus(answer.status).phrase
    lines += ["", f"HTTP/1.1 {answer.status} {phrase}"]
    lines += [f"{_title(name)}: {value}" for name, value in _headers(answer).items()]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body + b"\r\n"


def _echo(content_id: str) -> str:
    bare = content_id.removeprefix("<").removesuffix(">")
    return f"<response-{bare}>"


def _headers(answer: Answer) -> Mapping[str, str]:
    return {**answer.headers, "content-length": str(len(answer.body))}


def _title(name: str) -> str:
    return "ETag" if name == "etag" else name.title()


def _unreadable(message: str) -> RefusedError:
    entry = {"message": message, "domain": "global", "reason": "badRequest"}
    return RefusedError(front_end_error(400, "INVALID_ARGUMENT", message, entry))
