"""The multipart format of batches, written and read."""

import email
import email.policy

import pytest

from calmirror.google.batch import Call, decode, encode
from calmirror.http.message import Answer

CALLS = {
    0: Call("DELETE", "/calendars/c/events/a?sendUpdates=none", {"if-match": '"12"'}),
    7: Call("PUT", "/calendars/c/events/b", {"content-type": "application/json"}, b'{"summary":"x"}'),
}


def answer_of(*parts, newline="\r\n", end=True):
    chunks = [f"--b{newline}" + part.replace("\n", newline) + newline for part in parts]
    body = "".join(chunks) + (f"--b--{newline}" if end else "")
    return Answer(200, {"content-type": "multipart/mixed; boundary=b"}, body.encode())


def part(number, inner):
    return f"Content-Type: application/http\nContent-ID: <response-calmirror-{number}>\n\n{inner}"


def test_a_batch_is_multipart_that_an_independent_parser_reads():
    content_type, body = encode(CALLS, "/calendar/v3")
    message = email.message_from_bytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=email.policy.HTTP
    )
    parts = message.get_payload()
    assert [part["Content-ID"] for part in parts] == ["<calmirror-0>", "<calmirror-7>"]
    assert [part.get_content_type() for part in parts] == ["application/http"] * 2
    first, second = (part.get_payload(decode=True) for part in parts)
    assert first == b'DELETE /calendar/v3/calendars/c/events/a?sendUpdates=none HTTP/1.1\r\nif-match: "12"\r\n\r\n'
    assert second.startswith(b"PUT /calendar/v3/calendars/c/events/b HTTP/1.1\r\n")
    assert second.endswith(b'content-length: 15\r\n\r\n{"summary":"x"}')


def test_every_batch_has_a_boundary_of_its_own():
    """A text in an event cannot know it."""
    assert encode(CALLS, "")[0] != encode(CALLS, "")[0]


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_answers_are_matched_by_content_id_with_either_line_end(newline):
    answers = decode(
        answer_of(
            part(7, 'HTTP/1.1 200 OK\nETag: "9"\nRetry-After: 3\n\n{\n "id": "b"\n}\n'),
            part(0, "HTTP/1.1 204 No Content\nContent-Length: 0\n\n"),
            newline=newline,
        )
    )
    assert answers[7].json() == {"id": "b"}
    assert answers[7].headers["retry-after"] == "3"
    assert (answers[0].status, answers[0].body) == (204, b"")


def test_a_204_without_the_blank_line_that_ends_its_head_is_read():
    assert decode(answer_of(part(3, "HTTP/1.1 204 No Content")))[3].status == 204


def test_parts_that_cannot_be_read_are_left_out():
    answers = decode(
        answer_of(
            "nonsense", "Content-ID: <response-other-1>\n\nHTTP/1.1 200 OK\n\n{}", part(1, "HTTP/1.1 2"), end=False
        )
    )
    assert answers == {}


def test_a_part_that_is_cut_off_keeps_what_came():
    """Its body is no JSON any more, which is for the reader to notice."""
    assert decode(answer_of(part(1, 'HTTP/1.1 200 OK\n\n{"id": "a'), end=False))[1].body == b'{"id": "a'


def test_of_two_answers_to_one_call_the_first_counts():
    answers = decode(answer_of(part(1, "HTTP/1.1 404 Gone\n\n{}"), part(1, "HTTP/1.1 200 OK\n\n{}")))
    assert answers[1].status == 404


def test_a_quoted_boundary_is_read():
    answer = answer_of(part(1, "HTTP/1.1 204 No Content"))
    assert (
        decode(Answer(200, {"content-type": 'Multipart/Mixed; charset=UTF-8; boundary="b"'}, answer.body))[1].status
        == 204
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"content-type": "text/html"}, b"<html>"),
        Answer(200, {}, b""),
        Answer(200, {"content-type": "multipart/mixed"}, b""),
        Answer(404, {"content-type": "multipart/mixed; boundary=b"}, b""),
    ],
)
def test_what_is_not_a_batch_answer_is_none(answer):
    assert decode(answer) is None
