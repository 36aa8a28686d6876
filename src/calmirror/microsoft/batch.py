"""Many reads in one request. A batch carries GETs and nothing else, so it cannot change anything."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from json import dumps
from typing import TYPE_CHECKING, Any

from calmirror.errors import RetryableError
from calmirror.http.message import Answer
from calmirror.microsoft.addresses import read_headers
from calmirror.microsoft.members import Members
from calmirror.microsoft.reads import odd_answer
from calmirror.microsoft.refusal import codes, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from calmirror.http.client import Client

MOST_MEMBERS = 20
TRIES = 5
PROBE = ""
NO_ANSWER = Answer(0)
PASSING = frozenset({0, 401, 429, 500, 502, 503, 504})
CORRUPT = "errorcorruptdata"


@dataclass(frozen=True, slots=True)
class Member:
    """The answer to one read, and whether the calendar itself answered beside it."""

    answer: Answer
    calendar_answered: bool

    @property
    def body(self) -> Any:
        """The object that was asked for; None unless it was answered with one."""
        return self.answer.json() if self.answer.status == 200 else None


def read_batch(client: Client, calendar: str, paths: Mapping[str, str]) -> dict[str, Member]:
    """Reads many paths, in batches that each also ask for the calendar itself.

    Args:
        calendar: path of the calendar.
        paths: what to read, by a key of the caller's (never "").

    Raises:
        RetryableError: the batch, or a member of it, is throttled for too long.
        UserFixableError: the sign-in is not accepted any more.
    """
    answers: dict[str, Member] = {}
    for keys in chunks(paths, MOST_MEMBERS - 1):
        answers |= Batch(client, calendar, {key: paths[key] for key in keys}).read()
    return answers


class Batch:
    """One batch, repeated for those members that ran into something that passes."""

    def __init__(self, client: Client, calendar: str, paths: Mapping[str, str]) -> None:
        self._client = client
        self._calendar = calendar
        self._waiting = dict(paths)
        self._settled: dict[str, Member] = {}

    def read(self) -> dict[str, Member]:
        """An answer for each key; a member that never got one has the status 0."""
        for attempt in range(1, TRIES + 1):
            answers = self._send()
            probe = answers.pop(PROBE)
            self._settled |= {key: Member(answer, probe.status == 200) for key, answer in answers.items()}
            self._waiting = {key: self._waiting[key] for key in answers if unsettled(answers[key], probe)}
            if not self._waiting:
                break
            self._pause(attempt, [probe, *(answers[key] for key in self._waiting)])
        return self._settled

    def _pause(self, attempt: int, answers: list[Answer]) -> None:
        if any(answer.status == 401 for answer in answers):
            self._renew_sign_in()
        throttled = next((answer for answer in answers if answer.status == 429), None)
        if attempt < TRIES:
            self._client.backoff(attempt, throttled or next(a for a in answers if a.status in PASSING))
        elif throttled:
            raise RetryableError("Microsoft asks to slow down, again and again", code="throttled")

    def _renew_sign_in(self) -> None:
        # Only an answer outside of a batch makes the client fetch a new token.
        answer = self._client.send("GET", self._calendar, headers=read_headers())
        if answer.status != 200:
            raise refusal(answer)

    def _send(self) -> dict[str, Answer]:
        keys = [PROBE, *self._waiting]
        paths = {PROBE: self._calendar, **self._waiting}
        requests = [
            {"id": str(number), "method": "GET", "url": paths[key], "headers": read_headers()}
            for number, key in enumerate(keys)
        ]
        answer, body = self._client.send_json("POST", "/$batch", headers=read_headers(), json={"requests": requests})
        if answer.status != 200:
            raise refusal(answer)
        if not Members(body).has("responses"):
            raise odd_answer("a batch without members")
        # Members come in any order.
        by_number = {Members(one).text("id"): member_answer(one) for one in Members(body).objects("responses")}
        return {key: by_number.get(str(number), NO_ANSWER) for number, key in enumerate(keys)}


def unsettled(answer: Answer, probe: Answer) -> bool:
    """Whether asking again may help: for a 404, also when the calendar beside it did not get to answer."""
    if answer.status == 404:
        return probe.status in PASSING
    return answer.status in PASSING and CORRUPT not in codes(answer)


def member_answer(raw: Mapping[str, Any]) -> Answer:
    """One member of a batch as the answer it would have been alone."""
    members, headers = Members(raw), raw.get("headers")
    lower = {str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
    return Answer(members.number("status"), lower, dumps(raw.get("body")).encode())


def chunks(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    """The keys in lists of at most `size`."""
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk
