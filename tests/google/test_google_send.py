"""Writes: what each answer means, what is repeated, what stops the run, and how many requests it takes."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from canned_google import CALENDAR, CannedGoogle, refusal

from calmirror.errors import RetryableError, UserFixableError
from calmirror.google.calendar import Outcome, Write
from calmirror.google.sender import BATCH_SIZE, ROUNDS
from calmirror.http.message import Answer
from calmirror.model.mirror import Verb


@pytest.fixture
def google():
    return CannedGoogle()


def insert(event_id, **body):
    return Write(verb=Verb.INSERT, event_id=event_id, body={"summary": "x"} | body)


def update(event_id, etag="", **body):
    return Write(verb=Verb.UPDATE, event_id=event_id, body={"summary": "y", "sequence": 0} | body, etag=etag)


def delete(event_id, etag=""):
    return Write(verb=Verb.DELETE, event_id=event_id, etag=etag)


def outcomes(batches):
    return {result.write.event_id: str(result.outcome) for batch in batches for result in batch}


def until_it_stops(batches):
    """The outcomes before the error, and the error."""
    landed = []
    with pytest.raises((RetryableError, UserFixableError)) as caught:
        landed.extend(batches)
    return outcomes(landed), caught.value


def seeded(google, *ids):
    for event_id in ids:
        google.store(event_id, {"summary": "old"})
    return google.calendar()


def test_one_batch_carries_every_kind_of_write_and_every_outcome(google):
    calendar = seeded(google, "kept", "stale", "going", "gone", "taken")
    google.events["gone"]["status"] = "cancelled"
    google.fail("PUT", "poison", answer=refusal(400, "timeRangeEmpty", "The specified time range is empty."))
    google.fail("PUT", "foreign", answer=refusal(403, "forbiddenForNonOrganizer"))
    writes = [
        insert("new"), insert("taken"), update("kept", '"1"'), update("stale", '"77"'), update("lost"),
        delete("going", '"3"'), delete("gone"), delete("never"), update("poison"), update("foreign"),
    ]  # fmt: skip
    (results,) = calendar.send(CALENDAR, writes)
    assert [result.write for result in results] == writes
    assert outcomes([results]) == {
        "new": "done", "taken": "exists", "kept": "done", "stale": "changed", "lost": "missing",
        "going": "done", "gone": "deleted", "never": "missing", "poison": "invalid", "foreign": "forbidden",
    }  # fmt: skip
    assert results[0].event["etag"] == google.events["new"]["etag"]
    assert results[5].event is None
    assert results[8].reason == "timeRangeEmpty: The specified time range is empty."
    assert len(google.log) == 1


def test_a_single_write_goes_without_a_batch(google):
    calendar = google.calendar()
    (results,) = calendar.send(CALENDAR, [insert("new")])
    assert results[0].outcome is Outcome.DONE
    assert [(line.method, line.path) for line in google.log] == [("POST", f"/calendar/v3/calendars/{CALENDAR}/events")]


def test_nothing_to_write_sends_nothing(google):
    assert list(google.calendar().send(CALENDAR, [])) == []
    assert google.log == []


def test_batches_are_of_fifty_and_their_results_come_as_each_lands(google):
    calendar = google.calendar()
    batches = calendar.send(CALENDAR, [insert(f"e{number}") for number in range(2 * BATCH_SIZE + 1)])
    assert len(next(batches)) == BATCH_SIZE
    assert len(google.log) == 1
    assert [len(batch) for batch in batches] == [BATCH_SIZE, 1]
    assert [line.units for line in google.log] == [BATCH_SIZE, BATCH_SIZE, 1]


def test_every_write_asks_google_to_tell_nobody(google):
    calendar = seeded(google, "a", "b")
    list(calendar.send(CALENDAR, [insert("n"), update("a"), delete("b")]))
    list(calendar.send(CALENDAR, [update("a")]))
    batch, single = google.log
    for request in [*(member.request for member in batch.parts), single.request]:
        assert parse_qs(urlsplit(request.url).query)["sendUpdates"] == ["none"]
    assert len(batch.parts) == 3


def test_an_insert_carries_its_id_and_an_update_its_etag(google):
    calendar = seeded(google, "a")
    list(calendar.send(CALENDAR, [insert("n", summary="größer"), update("a", '"1"'), delete("z")]))
    inserted, updated, deleted = (member.request for member in google.log[0].parts)
    assert json.loads(inserted.body) == {"summary": "größer", "id": "n"}
    assert updated.headers["if-match"] == '"1"'
    assert "if-match" not in inserted.headers
    assert "if-match" not in deleted.headers


@pytest.mark.parametrize(
    "write",
    [
        insert("a", attendees=[]),
        update("a", attendees=[{"email": "x@example.com"}]),
        insert("a", conferenceData={}),
        insert(""),
        delete(""),
        delete(".."),
        Write(verb=Verb.UPDATE, event_id="a"),
        delete("a", '"1"\r\nx: y'),
    ],
)
def test_what_must_never_be_sent_is_refused_before_anything_is_sent(google, write):
    with pytest.raises(ValueError, match=r"^(?!.*example)"):
        google.calendar().send(CALENDAR, [insert("fine"), write])
    assert google.log == []


def test_an_empty_calendar_id_is_refused(google):
    with pytest.raises(ValueError, match="id"):
        google.calendar().send("", [delete("a")])


def test_ids_are_quoted_in_paths(google):
    list(google.calendar().send(CALENDAR, [delete("a/../b?c#d"), delete("x")]))
    assert "/events/a%2F..%2Fb%3Fc%23d?sendUpdates=none" in google.log[0].parts[0].request.url


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_answers_in_another_order_reach_their_own_writes(google, newline):
    google.reverse, google.newline = True, newline
    calendar = seeded(google, "b")
    (results,) = calendar.send(CALENDAR, [insert("a"), insert("b"), delete("c"), insert("d")])
    assert [str(result.outcome) for result in results] == ["done", "exists", "missing", "done"]
    assert results[3].event["id"] == "d"


TRANSIENT = [
    refusal(403, "rateLimitExceeded"),
    refusal(403, "userRateLimitExceeded"),
    refusal(429, "rateLimitExceeded"),
    refusal(409, "conflict", "Conflict"),
    refusal(500, "backendError"),
    refusal(503, "backendError"),
    Answer(502, {}, b"<html>bad gateway</html>"),
    Answer(404, {}, b"<html>not here</html>"),
    Answer(403, {}, b""),
    Answer(200, {}, b'{"id": "b"'),
    Answer(200, {}, b"{}"),
    Answer(204),
]


@pytest.mark.parametrize("answer", TRANSIENT, ids=lambda answer: f"{answer.status} {answer.body[:40]!r}")
def test_only_the_members_with_a_passing_trouble_are_sent_again(google, answer):
    google.fail("POST", "b", answer=answer, times=2)
    google.fail("POST", "c", answer=answer, times=1)
    batches = list(google.calendar().send(CALENDAR, [insert(name) for name in "abcd"]))
    assert [sorted(outcomes([batch])) for batch in batches] == [["a", "d"], ["c"], ["b"]]
    assert set(outcomes(batches).values()) == {"done"}
    assert [line.units for line in google.log] == [4, 2, 1]


@pytest.mark.parametrize("answer", TRANSIENT, ids=lambda answer: f"{answer.status} {answer.body[:40]!r}")
def test_a_write_whose_answer_was_lost_is_repeated_and_shows_that_it_had_happened(google, answer):
    calendar = seeded(google, "u", "d")
    for method, event_id in (("POST", "i"), ("PUT", "u")):
        google.fail(method, event_id, answer_after=answer)
    google.fail("DELETE", "d", answer_after=refusal(503, "backendError"))
    batches = list(calendar.send(CALENDAR, [insert("i"), update("u", '"1"'), delete("d", '"2"')]))
    assert outcomes(batches) == {"i": "exists", "u": "changed", "d": "deleted"}
    assert len(google.log) == 2


def test_a_member_whose_part_is_missing_is_sent_again(google):
    google.drop = {"calmirror-1"}
    batches = list(google.calendar().send(CALENDAR, [insert("a"), insert("b"), insert("c")]))
    assert [outcomes([batch]) for batch in batches] == [{"a": "done", "c": "done"}, {"b": "exists"}]


def test_a_cut_off_batch_answer_keeps_what_can_be_read(google):
    google.fail("POST", truncate=420, inside_batch=False)
    batches = list(google.calendar().send(CALENDAR, [insert("a"), insert("b"), insert("c")]))
    assert outcomes(batches) == {"a": "done", "b": "exists", "c": "exists"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [(refusal(429, "rateLimitExceeded"), "throttled"), (refusal(503, "backendError"), "unavailable")],
)
def test_trouble_that_stays_ends_within_bounds_and_after_what_landed(google, answer, code):
    google.fail("POST", "b", answer=answer, times=-1)
    google.fail("POST", "c", answer=answer, times=-1)
    landed, error = until_it_stops(google.calendar().send(CALENDAR, [insert("a"), insert("b"), insert("c")]))
    assert landed == {"a": "done"}
    assert isinstance(error, RetryableError)
    assert error.code == code
    assert len(google.log) == ROUNDS


def test_a_lasting_conflict_of_a_single_write_ends_within_bounds(google):
    google.fail("PUT", answer=refusal(409, "conflict", "Conflict"), times=-1, inside_batch=False)
    landed, error = until_it_stops(google.calendar().send(CALENDAR, [update("a")]))
    assert (landed, error.code, len(google.log)) == ({}, "unavailable", ROUNDS)


def test_the_wait_that_google_asks_for_is_kept_between_rounds(google):
    google.fail("POST", "b", answer=refusal(503, "backendError", headers={"Retry-After": "20"}))
    before = google.clock.now()
    list(google.calendar().send(CALENDAR, [insert("a"), insert("b")]))
    assert google.clock.now() - before >= 20


def test_a_throttled_member_slows_the_meter(google):
    calendar = google.calendar()
    google.fail("POST", "b", answer=refusal(403, "rateLimitExceeded"))
    list(calendar.send(CALENDAR, [insert("a"), insert("b")]))
    before = google.clock.now()
    list(calendar.send(CALENDAR, [insert(f"e{number}") for number in range(400)]))
    assert google.clock.now() - before > 30


def test_each_member_of_a_batch_counts_in_the_meter(google):
    before = google.clock.now()
    list(google.calendar().send(CALENDAR, [delete(f"e{number}") for number in range(650)]))
    assert google.clock.now() - before >= 60


@pytest.mark.parametrize(
    ("reason", "kind", "code"),
    [
        ("quotaExceeded", RetryableError, "google-quota"),
        ("dailyLimitExceeded", RetryableError, "google-quota"),
        ("insufficientPermissions", UserFixableError, "google-scope"),
        ("accessNotConfigured", UserFixableError, "google-api-disabled"),
        ("notACalendarUser", UserFixableError, "google-no-calendar-user"),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_what_concerns_every_request_stops_at_once_after_what_landed(google, reason, kind, code, count):
    google.fail("POST", "e0", answer=refusal(403, reason), times=-1, inside_batch=count > 1)
    landed, error = until_it_stops(google.calendar().send(CALENDAR, [insert(f"e{n}") for n in range(count)]))
    assert landed == {f"e{n}": "done" for n in range(1, count)}
    assert type(error) is kind
    assert error.code == code
    assert len(google.log) == 1


def test_a_batch_that_is_refused_for_quota_stops_at_once(google):
    google.fail("POST", answer=refusal(403, "quotaExceeded"), inside_batch=False)
    landed, error = until_it_stops(google.calendar().send(CALENDAR, [insert("a"), insert("b")]))
    assert (landed, error.code, len(google.log)) == ({}, "google-quota", 1)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "badRequest"),
        refusal(403, "forbidden"),
        refusal(404, "notFound", "Not Found"),
        refusal(409, "duplicate"),
        refusal(410, "deleted"),
        refusal(412, "conditionNotMet"),
        Answer(404, {}, b"<html>"),
        Answer(413, {}, b""),
    ],
    ids=lambda answer: str(answer.status),
)
def test_a_refusal_of_the_batch_is_never_read_as_one_of_its_members(google, answer):
    """Each then goes alone, so one write that spoils its batch cannot hold up the others."""
    calendar = seeded(google, "a", "b")
    google.fail("POST", answer=answer, times=-1, inside_batch=False)
    batches = list(calendar.send(CALENDAR, [delete("a"), update("b"), delete("c")]))
    assert outcomes(batches) == {"a": "done", "b": "done", "c": "missing"}
    assert len(google.log) == 4


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"content-type": "text/html"}, b"<html>please sign in</html>"),
        Answer(200, {"content-type": "application/json"}, b'{"id": "a"}'),
        Answer(204),
        refusal(403, "rateLimitExceeded"),
        Answer(503),
        Answer(429, {"retry-after": "1"}),
    ],
    ids=lambda answer: f"{answer.status}",
)
@pytest.mark.parametrize("after", [False, True])
def test_a_batch_without_a_sensible_answer_is_sent_again(google, answer, after):
    google.fail("POST", inside_batch=False, **{"answer_after" if after else "answer": answer})
    batches = list(google.calendar().send(CALENDAR, [insert("a"), insert("b")]))
    assert outcomes(batches) == dict.fromkeys("ab", "exists" if after else "done")
    assert len(google.log) == 2


@pytest.mark.parametrize("how", ["reset_before", "reset_after"])
def test_a_batch_whose_connection_breaks_is_sent_again(google, how):
    google.fail("POST", inside_batch=False, **{how: True})
    batches = list(google.calendar().send(CALENDAR, [insert("a"), insert("b")]))
    assert set(outcomes(batches).values()) == {"exists" if how == "reset_after" else "done"}


def test_a_batch_that_is_never_answered_sensibly_ends_within_bounds(google):
    google.fail("POST", answer=Answer(200, {}, b"<html>"), times=-1, inside_batch=False)
    landed, error = until_it_stops(google.calendar().send(CALENDAR, [insert("a"), insert("b")]))
    assert (landed, error.code, len(google.log)) == ({}, "unavailable", ROUNDS)


def test_a_token_that_expires_inside_a_batch_is_renewed_once(google):
    google.faults.append(expired_token())
    batches = list(google.calendar().send(CALENDAR, [insert(name) for name in "abc"]))
    assert outcomes(batches) == dict.fromkeys("abc", "done")
    assert google.tokens.renewed == 1
    assert [line.status for line in google.log] == [200, 401, 200, 200]


def test_a_sign_in_that_is_refused_for_good_stops_after_one_renewal(google):
    for inside in (True, False):
        google.fail("POST", answer=refusal(401, "authError"), times=-1, inside_batch=inside)
    google.faults[1].matches = lambda request: "/batch/" not in request.url
    landed, error = until_it_stops(google.calendar().send(CALENDAR, [insert("a"), insert("b")]))
    assert (landed, error.code, google.tokens.renewed) == ({}, "sign-in-google", 1)


def test_batches_that_refuse_a_token_which_single_requests_accept_end_within_bounds(google):
    google.fail("POST", answer=refusal(401, "authError"), times=-1)
    writes = [insert(f"e{number}") for number in range(2 * ROUNDS)]
    landed, error = until_it_stops(google.calendar().send(CALENDAR, writes))
    assert (len(landed), error.code, len(google.log)) == (ROUNDS, "unavailable", 2 * ROUNDS)


def expired_token():
    """Answers 401 to whatever carries the first token, alone or inside a batch."""

    class Expired:
        def takes(self, request, *, inside_batch):
            old = request.headers["authorization"].endswith("token-0")
            return old and (inside_batch or "/batch/" not in request.url)

        delay = 0.0
        reset_before = False
        answer = refusal(401, "authError", "Invalid Credentials")

    return Expired()


def test_a_stale_sequence_is_a_change_to_be_read_again(google):
    text = "Invalid sequence value. The specified sequence number is below the current one."
    google.fail("PUT", answer=refusal(400, "invalid", text), inside_batch=False)
    (results,) = google.calendar().send(CALENDAR, [update("a")])
    assert results[0].outcome is Outcome.CHANGED


def test_texts_of_an_event_never_reach_a_reason_or_an_error(google):
    google.fail("PUT", answer=refusal(400, "invalid", "Invalid value: Lunch with Zoe"), inside_batch=False)
    (results,) = google.calendar().send(CALENDAR, [update("a", summary="Lunch with Zoe")])
    assert (results[0].outcome, results[0].reason) == (Outcome.INVALID, "invalid")
