"""Plain reads: one object, or all pages of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calmirror.errors import RetryableError
from calmirror.microsoft.addresses import read_headers
from calmirror.microsoft.members import Members
from calmirror.microsoft.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from calmirror.http.client import Client

MOST_PAGES = 5000


def read_object(client: Client, url: str) -> Mapping[str, Any]:
    """One object; raises the refusal that the answer means."""
    answer, body = client.send_json("GET", url, headers=read_headers())
    if answer.status != 200:
        raise refusal(answer)
    if not isinstance(body, dict):
        raise odd_answer("something that is no object")
    return body


def read_list(client: Client, url: str) -> Iterator[Mapping[str, Any]]:
    """Every entry of a list, page after page, as it came.

    Raises:
        RetryableError: `odd-answer`, or `endless-pages` when the pages do not come to an end.
    """
    seen: set[str] = set()
    while url:
        if url in seen or len(seen) == MOST_PAGES:
            raise endless_pages()
        seen.add(url)
        body = read_object(client, url)
        yield from entries_of(body)
        url = Members(body).text("@odata.nextLink")


def entries_of(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The `value` of a page; anything but a list of objects is no page, not an empty one."""
    value = body.get("value")
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise odd_answer("a page without entries")
    return tuple(value)


def odd_answer(what: str) -> RetryableError:
    """The error for a success that makes no sense."""
    return RetryableError(f"Microsoft answered with {what}", code="odd-answer")


def endless_pages() -> RetryableError:
    """The error for a list without an end."""
    return RetryableError("Microsoft's list of pages does not come to an end", code="endless-pages")
