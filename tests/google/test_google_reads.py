"""Reads: lists over many pages, single calendars, events by id, and answers that make no sense."""

from datetime import UTC, datetime

import pytest
from canned_google import CALENDAR, EVENTS, TIMES, CannedGoogle, json_answer, refusal

from calmirror.errors import RetryableError, UserFixableError
from calmirror.http.message import Answer
from calmirror.model.times import Window

LIST = "/calendar/v3/users/me/calendarList"
ONE = f"/calendar/v3/calendars/{CALENDAR.replace('@', '%40')}"
CALENDARS = "/calendar/v3/calendars"
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def google():
    return CannedGoogle()


def page(*items, token=""):
    more = {"nextPageToken": token} if token else {"nextSyncToken": "s"}
    return json_answer({"kind": "calendar#events", "items": [TIMES | item for item in items]} | more)


def owned(google):
    return [event["id"] for event in google.calendar().owned_events(CALENDAR, "mirror", "work")]


def test_owned_events_follow_short_and_empty_pages_to_the_end(google):
    google.canned[EVENTS] = [page({"id": "a"}, token="t1"), page(token="t2"), page({"id": "b"})]
    assert owned(google) == ["a", "b"]
    assert [line.query.get("pageToken") for line in google.log] == [None, "t1", "t2"]
    for line in google.log:
        assert line.query["privateExtendedProperty"] == "mirror=work"
        assert line.query["maxResults"] == "2500"


def test_cancelled_instances_are_left_out(google):
    google.canned[EVENTS] = [page({"id": "a"}, {"id": "a_1", "status": "cancelled"})]
    assert owned(google) == ["a"]


def test_occurrences_are_expanded_by_google_within_the_window(google):
    google.canned[EVENTS] = [page({"id": "a_20260301"})]
    found = list(google.calendar().occurrences(CALENDAR, WINDOW, "mirror", "a=b&c"))
    assert [event["id"] for event in found] == ["a_20260301"]
    assert google.log[0].query == {
        "maxResults": "2500",
        "privateExtendedProperty": "mirror=a=b&c",
        "singleEvents": "true",
        "timeMin": "2026-01-01T00:00:00Z",
        "timeMax": "2027-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    "answers",
    [
        [page(token="t")],
        [page(token="t1"), page(token="t2"), page(token="t1")],
        [json_answer({})],
        [json_answer([])],
        [json_answer({"kind": "calendar#events", "items": "x"})],
        [json_answer({"kind": "calendar#events", "items": [1]})],
        [json_answer({"kind": "calendar#events", "items": [{"id": "a"}]})],
        [json_answer({"kind": "calendar#events", "items": [], "nextPageToken": ["t"]})],
        [Answer(200, {}, b"<html>please sign in</html>")],
        [Answer(404, {}, b"<html>")],
        [refusal(403, "forbidden")],
        [refusal(400, "invalid")],
        [refusal(410, "deleted")],
    ],
)
def test_a_list_that_makes_no_sense_is_an_error_and_never_an_empty_list(google, answers):
    google.canned[EVENTS] = answers
    with pytest.raises(RetryableError):
        owned(google)
    assert len(google.log) <= 6


def test_a_page_that_fails_is_read_again(google):
    google.canned[EVENTS] = [page({"id": "a"}, token="t"), refusal(403, "rateLimitExceeded"), page({"id": "b"})]
    assert owned(google) == ["a", "b"]


def test_a_calendar_that_is_gone_is_for_the_person_to_put_right(google):
    google.canned[EVENTS] = [refusal(404, "notFound", "Not Found")]
    with pytest.raises(UserFixableError) as caught:
        owned(google)
    assert caught.value.code == "google-calendar-missing"


def test_calendars_are_listed_over_all_pages_the_hidden_ones_too(google):
    first = {"kind": "calendar#calendarList", "items": [{"id": "a"}], "nextPageToken": "t"}
    second = {"kind": "calendar#calendarList", "items": [{"id": "b"}]}
    google.canned[LIST] = [json_answer(first), json_answer(second)]
    assert google.calendar().find_calendars() == [{"id": "a"}, {"id": "b"}]
    assert [line.query["showHidden"] for line in google.log] == ["true", "true"]


SCOPE = {
    "error": {
        "code": 403,
        "message": "Request had insufficient authentication scopes.",
        "errors": [{"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}],
        "status": "PERMISSION_DENIED",
        "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}],
    }
}


def test_a_sign_in_that_may_not_list_calendars_is_told_apart_from_having_none(google):
    google.canned[LIST] = [json_answer(SCOPE, 403)]
    assert google.calendar().find_calendars() is None
    assert len(google.log) == 1


def test_a_listing_refused_for_another_reason_is_an_error(google):
    google.canned[LIST] = [refusal(403, "accessNotConfigured")]
    with pytest.raises(UserFixableError):
        google.calendar().find_calendars()


def test_a_calendar_is_read_or_missing(google):
    google.canned[ONE] = [json_answer({"id": CALENDAR, "timeZone": "UTC"}), refusal(404, "notFound")]
    calendar = google.calendar()
    assert calendar.calendar(CALENDAR)["timeZone"] == "UTC"
    assert calendar.calendar(CALENDAR) is None


def test_a_page_of_something_between_is_not_a_missing_calendar(google):
    google.canned[ONE] = [Answer(404, {}, b"<html>proxy</html>")]
    with pytest.raises(RetryableError):
        google.calendar().calendar(CALENDAR)


def test_a_calendar_is_made_once(google):
    google.canned[CALENDARS] = [json_answer({"id": "new@group.calendar.google.com"})]
    made = google.calendar().create_calendar("Outlook", time_zone="Europe/Berlin", description="mirror")
    assert made == "new@group.calendar.google.com"
    assert google.log[0].request.body == b'{"summary":"Outlook","timeZone":"Europe/Berlin","description":"mirror"}'
    assert len(google.log) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal(403, "quotaExceeded"), "google-calendar-quota"),
        (refusal(403, "insufficientPermissions"), "google-scope"),
        (refusal(400, "invalid"), "google-refused"),
        (json_answer({"kind": "calendar#calendar"}), "google-nonsense"),
    ],
)
def test_a_calendar_that_cannot_be_made_says_why(google, answer, code):
    google.canned[CALENDARS] = [answer]
    with pytest.raises((RetryableError, UserFixableError)) as caught:
        google.calendar().create_calendar("Outlook", time_zone="UTC", description="")
    assert caught.value.code == code
    assert len(google.log) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"reset_before": True},
        {"reset_after": True},
        {"answer": refusal(503, "backendError")},
        {"answer": refusal(403, "rateLimitExceeded")},
        {"truncate": 5},
    ],
)
def test_a_calendar_is_asked_for_once_however_the_answer_is_lost(google, fault):
    google.canned[CALENDARS] = [json_answer({"id": "new@group.calendar.google.com"})]
    google.fail("POST", inside_batch=False, **fault)
    with pytest.raises(RetryableError):
        google.calendar().create_calendar("Outlook", time_zone="UTC", description="")
    assert len(google.log) == 1
    assert google.clock.now() == 1_800_000_000.0


def test_events_are_fetched_in_batches_with_the_deleted_and_the_unknown_told_apart(google):
    for number in range(60):
        google.store(f"e{number}", {})
    google.events["e1"]["status"] = "cancelled"
    google.fail("GET", "e2", answer=refusal(503, "backendError"))
    found = google.calendar().fetch(CALENDAR, [*(f"e{number}" for number in range(60)), "none"])
    assert found["none"] is None
    assert found["e1"]["status"] == "cancelled"
    assert found["e2"]["status"] == "confirmed"
    assert len(found) == 61
    assert [line.units for line in google.log] == [50, 1, 11]


def test_no_ids_need_no_request(google):
    assert google.calendar().fetch(CALENDAR, []) == {}
    assert google.log == []


def test_an_event_that_may_not_be_read_is_an_error_and_not_a_missing_one(google):
    google.fail("GET", "b", answer=refusal(403, "forbidden"))
    with pytest.raises(RetryableError):
        google.calendar().fetch(CALENDAR, ["a", "b"])


def test_reads_count_in_the_meter(google):
    google.canned[ONE] = [json_answer({"id": CALENDAR})]
    calendar, before = google.calendar(), google.clock.now()
    for _ in range(601):
        calendar.calendar(CALENDAR)
    assert google.clock.now() - before >= 60
