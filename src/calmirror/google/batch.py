"""Google's batch format: many calls in one request, their answers in one `multipart/mixed` body."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calmirror.http.message import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

BLANK_LINE = re.compile(rb"\r?\n\r?\n")
STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?!\d)")
CONTENT_ID = re.compile(r"calmirror-(\d{1,9})(?!\d)")
BOUNDARY = re.compile(r'^multipart/mixed\s*;.*?boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `path` is appended to the API's base URL and carries the query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def encode(calls: Mapping[int, Call], base_path: str) -> tuple[str, bytes]:
    """The content type and body of a batch; each part is named by its call's number.

    Args:
        base_path: path of the API's base URL; inside a batch addresses have neither scheme nor host.
    """
    boundary = f"batch_{os.urandom(16).hex()}"
    chunks = []
    for number, call in calls.items():
        chunks.append(f"--{boundary}\r\n{part_head(number, call, base_path)}\r\n".encode())
        chunks.append(call.body)
        chunks.append(b"\r\n")
    chunks.append(f"--{boundary}--\r\n".encode())
    return f'multipart/mixed; boundary="{boundary}"', b"".join(chunks)


def part_head(number: int, call: Call, base_path: str) -> str:
    """Both heads of a part, the part's own and that of the call inside."""
    headers = dict(call.headers)
    if call.body:
        headers["content-length"] = str(len(call.body))
    lines = [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        f"Content-ID: <calmirror-{number}>",
        "",
        f"{call.method} {base_path}{call.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def decode(answer: Answer) -> dict[int, Answer] | None:
    """The answers by their call's number, as far as they can be read; None where it is not a batch's answer.

    Parts are found by Content-ID, never by position; lines may end in CRLF or LF; a part that is cut off
    within its head is left out.
    """
    found = BOUNDARY.match(answer.headers.get("content-type", ""))
    if not 200 <= answer.status < 300 or found is None:
        return None
    delimiter = b"\n--" + (found[1] or found[2]).encode()
    answers: dict[int, Answer] = {}
    for chunk in (b"\n" + answer.body).split(delimiter)[1:]:
        if not chunk.startswith(b"--") and (part := part_answer(chunk)):
            answers.setdefault(*part)
    return answers


def part_answer(chunk: bytes) -> tuple[int, Answer] | None:
    """The number and the answer of one part."""
    pieces = BLANK_LINE.split(chunk, 2)
    number = CONTENT_ID.search(headers_in(pieces[0]).get("content-id", ""))
    status = STATUS_LINE.match(pieces[1]) if len(pieces) > 1 else None
    if number is None or status is None:
        return None
    body = pieces[2].strip() if len(pieces) > 2 else b""
    return int(number[1]), Answer(int(status[1]), headers_in(pieces[1]), body)


def headers_in(head: bytes) -> dict[str, str]:
    """The header lines of a head, names in lower case."""
    lines = (line.partition(":") for line in head.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}
