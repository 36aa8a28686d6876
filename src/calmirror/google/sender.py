"""Sends calls in batches until each has an answer that settles it, or gives up within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from calmirror.errors import RetryableError
from calmirror.google.batch import Call, decode, encode
from calmirror.google.refusals import UNAVAILABLE, refusal_of, stop_for
from calmirror.google.wire import is_sound
from calmirror.http.client import RESUMED
from calmirror.http.message import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calmirror.http.client import Client
    from calmirror.http.pacing import Meter

BATCH_SIZE = 50
"""Calls in one batch. Google takes 1000, but bursts of that size on one calendar are throttled."""
ROUNDS = 8
"""Times that what is left of a batch is sent: the waits between outlast the minute over which Google counts."""
UNANSWERED = Answer(503)
"""What stands for the answer of a call whose part is missing from a batch's answer."""


class BatchSender:
    """Sends calls to one API, each costing one unit of the meter."""

    def __init__(self, client: Client, meter: Meter) -> None:
        base = urlsplit(client.base_url)
        self._client = client
        self._meter = meter
        self._base_path = base.path
        self._batch_url = f"{base.scheme}://{base.netloc}/batch{base.path}"

    def answers(self, calls: Sequence[Call]) -> Iterator[dict[int, Answer]]:
        """The answers that settle the calls, by position in `calls`, as each batch lands.

        Raises:
            UserFixableError, RetryableError: some calls stay open; the answers before them were yielded.
        """
        for start in range(0, len(calls), BATCH_SIZE):
            batch = calls[start : start + BATCH_SIZE]
            yield from self._settle(dict(enumerate(batch, start)))

    def _settle(self, pending: dict[int, Call]) -> Iterator[dict[int, Answer]]:
        for attempt in range(1, ROUNDS + 1):
            answers = self._exchange(pending)
            if answers is None:
                yield from self._one_by_one(pending)
                return
            landed = {number: answers[number] for number, call in pending.items() if settles(call, answers[number])}
            if landed:
                yield landed
            pending = {number: call for number, call in pending.items() if number not in landed}
            left = [answers[number] for number in pending]
            raise_stop(left)
            if expired := [number for number in pending if answers[number].status == 401]:
                # Only a request of its own shows the refused token to the client, which then renews it.
                yield from self._settle({expired[0]: pending.pop(expired[0])})
            elif pending:
                self._back_off(attempt, left)
            if not pending:
                return
        raise RetryableError(f"Google left {len(pending)} requests undone", code="unavailable", meaning=RESUMED)

    def _one_by_one(self, pending: dict[int, Call]) -> Iterator[dict[int, Answer]]:
        """A batch refused as a whole says nothing of its calls; one may spoil it, so each goes alone."""
        for number, call in pending.items():
            yield from self._settle({number: call})

    def _exchange(self, pending: dict[int, Call]) -> dict[int, Answer] | None:
        """One request, and an answer for each call; None where the batch itself was refused."""
        self._meter.take(len(pending))
        if len(pending) == 1:
            ((number, call),) = pending.items()
            return {number: self._client.send(call.method, call.path, headers=call.headers, body=call.body)}
        content_type, body = encode(pending, self._base_path)
        answer = self._client.send("POST", self._batch_url, headers={"content-type": content_type}, body=body)
        if refusal_of(answer):
            raise_stop([answer])
            return None
        parts = decode(answer) or {}
        return {number: parts.get(number, UNANSWERED) for number in pending}

    def _back_off(self, attempt: int, left: list[Answer]) -> None:
        throttled = [answer for answer in left if (refusal := refusal_of(answer)) and refusal.throttled]
        if throttled:
            self._meter.slower()
        if attempt == ROUNDS:
            code = "throttled" if throttled else "unavailable"
            what = f"Google left {len(left)} requests undone, {ROUNDS} times"
            raise RetryableError(what, code=code, meaning=RESUMED)
        unavailable = [answer for answer in left if answer.status in UNAVAILABLE]
        self._client.backoff(attempt, [*throttled, *unavailable, UNANSWERED][0])


def settles(call: Call, answer: Answer) -> bool:
    """Whether an answer decides its call: a readable success, or a refusal that repeating cannot change."""
    refusal = refusal_of(answer)
    if refusal is not None:
        return refusal.final
    return (call.method == "DELETE" and answer.status == 204) or event_in(answer) is not None


def event_in(answer: Answer) -> dict[str, Any] | None:
    """The event that a success holds; None where there is none, it was cut off or makes no sense."""
    try:
        event = answer.json()
    except (ValueError, RecursionError):
        return None
    return event if is_sound(event) else None


def raise_stop(answers: list[Answer]) -> None:
    """Raises the error of the first refusal that concerns every request."""
    for answer in answers:
        refusal = refusal_of(answer)
        if refusal and (error := stop_for(refusal)):
            raise error
