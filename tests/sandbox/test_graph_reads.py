"""Plain reads, times, signing in, batches and limits of the stand-in of Graph."""

import json
from datetime import date

import pytest
from graph_bench import BERLIN, JANUARY, PACIFIC, Bench, daily, times, weekly

from calmirror.http.message import Answer, Request
from calmirror.sandbox.graph.errors import CATALOGUE
from calmirror.sandbox.service import Fault


def test_a_view_expands_series_and_lists_singles_first():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 3, subject="series"))
    bench.mailbox.create(times("2026-01-20T09:00", subject="single"))
    bench.mailbox.edit_occurrence(series, date(2026, 1, 6), subject="special")
    rows = bench.read(f"/me/calendarView?{JANUARY}")["value"]
    assert [row["subject"] for row in rows] == ["single", "special", "series", "series"]
    assert {row["type"] for row in rows} == {"singleInstance", "exception", "occurrence"}
    assert all(row["recurrence"] is None for row in rows)


def test_lists_come_in_pages_of_ten_with_a_skip_link():
    bench = Bench()
    bench.mailbox.create(daily("2026-01-01T09:00", 25))
    sizes = [len(page["value"]) for page in bench.pages(f"/me/calendarView?{JANUARY}")]
    assert sizes == [10, 10, 5]
    page = bench.read(f"/me/calendarView?{JANUARY}&$top=20&$select=subject")
    assert "$skip=20" in page["@odata.nextLink"]
    assert [len(p["value"]) for p in bench.pages(page["@odata.nextLink"])] == [5]


def test_select_keeps_id_and_etag_and_ignores_what_it_does_not_know():
    bench = Bench()
    single = bench.mailbox.create(times("2026-01-20T09:00", subject="single"))
    row = bench.read(f"/me/calendarView?{JANUARY}&$select=subject,unheardOf")["value"][0]
    assert sorted(row) == ["@odata.etag", "id", "subject"]
    assert row["id"] == single


def test_events_are_singles_and_masters_and_can_be_filtered():
    bench = Bench()
    bench.mailbox.create(daily("2026-01-05T09:00", 3, subject="series"))
    bench.clock.advance(60)
    bench.mailbox.create(times("2026-01-20T09:00", subject="single"))
    assert [row["type"] for row in bench.read("/me/events")["value"]] == ["seriesMaster", "singleInstance"]
    wanted = "$filter=lastModifiedDateTime%20gt%202026-01-01T00:00:30Z"
    assert [row["subject"] for row in bench.read(f"/me/events?{wanted}")["value"]] == ["single"]
    ordered = bench.read("/me/events?$orderby=start/dateTime%20desc")["value"]
    assert [row["subject"] for row in ordered] == ["single", "series"]
    assert bench.refusal("/me/events?$filter=contains(subject,'x')")[0] == 400


def test_instances_list_exceptions_first_and_no_deleted_ones():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 4))
    bench.mailbox.edit_occurrence(series, date(2026, 1, 7), subject="special")
    bench.mailbox.delete_occurrence(series, date(2026, 1, 6))
    rows = bench.read(f"/me/events/{series}/instances?{JANUARY}")["value"]
    assert [(row["type"], row["start"]["dateTime"][8:10]) for row in rows] == [
        ("exception", "07"),
        ("occurrence", "05"),
        ("occurrence", "08"),
    ]


def test_every_kind_of_event_can_be_read_by_its_id():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 2, subject="series"))
    exception = bench.mailbox.edit_occurrence(series, date(2026, 1, 6), subject="special")
    rows = bench.read(f"/me/calendarView?{JANUARY}")["value"]
    assert [bench.read(f"/me/events/{row['id']}")["type"] for row in rows] == ["exception", "occurrence"]
    event = bench.read(f"/me/events/{exception}")
    assert (event["subject"], event["seriesMasterId"]) == ("special", series)
    assert event["occurrenceId"] == f"OID.{series}.2026-01-06"
    assert "calendar@odata.associationLink" in event


SERIES_LISTS = "cancelledOccurrences,exceptionOccurrences,subject"


def series_with_holes(**switches):
    bench = Bench(**switches)
    series = bench.mailbox.create(weekly("2026-01-05T18:00", "monday", zone=PACIFIC, subject="series"))
    bench.mailbox.edit_occurrence(series, date(2026, 1, 12), subject="special")
    bench.mailbox.delete_occurrence(series, date(2026, 1, 19))
    return bench, series


@pytest.mark.parametrize(
    ("switch", "day"), [("authored", "2026-01-19"), ("recurrence", "2026-01-19"), ("utc", "2026-01-20")]
)
def test_deleted_and_changed_occurrences_are_listed_when_asked_for(switch, day):
    bench, series = series_with_holes(occurrence_date=switch)
    master = bench.read(f"/me/events/{series}?$select={SERIES_LISTS}&$expand=exceptionOccurrences")
    assert master["cancelledOccurrences"] == [f"OID.{series}.{day}"]
    assert [sorted(each) for each in master["exceptionOccurrences"]] == [["id", "subject"]]


def test_series_lists_stay_away_unless_selected_and_expanded():
    bench, series = series_with_holes()
    assert "cancelledOccurrences" not in bench.read(f"/me/events/{series}")
    assert "exceptionOccurrences" not in bench.read(f"/me/events/{series}?$select={SERIES_LISTS}")
    assert "exceptionOccurrences" not in bench.read(f"/me/events/{series}?$expand=exceptionOccurrences")


def test_a_national_cloud_has_no_series_lists():
    bench, series = series_with_holes(national_cloud=True)
    assert "cancelledOccurrences" not in bench.read(f"/me/events/{series}?$select={SERIES_LISTS}")
    assert bench.refusal(f"/me/events/{series}?$expand=exceptionOccurrences") == (400, "BadRequest")
    bench.switches.unknown_expand = "400-broker"
    assert bench.refusal(f"/me/events/{series}?$expand=exceptionOccurrences") == (400, "RequestBroker--ParseUri")
    bench.switches.national_select = "400"
    for path in (f"/me/events/{series}?", f"/me/calendarView?{JANUARY}&", f"/me/events/{series}/instances?{JANUARY}&"):
        assert bench.refusal(f"{path}$select=subject,occurrenceId") == (400, "BadRequest")
        bench.read(f"{path}$select=subject,originalStart")
    bench.switches.national_select = "ignored"
    bench.switches.unknown_expand = "ignored"
    bench.read(f"/me/events/{series}?$select={SERIES_LISTS}&$expand=exceptionOccurrences")


@pytest.mark.parametrize(("switch", "status"), [("found", 200), ("404", 404)])
def test_an_event_below_another_calendar_of_its_mailbox_follows_the_switch(switch, status):
    bench = Bench(wrong_calendar_path=switch)
    other = bench.mailbox.add_calendar("Other")
    single = bench.mailbox.create(times("2026-01-05T09:00"))
    assert bench.send(f"/me/calendars/{other}/events/{single}").status == status
    assert bench.send(f"/me/calendars/{bench.mailbox.default_calendar}/events/{single}").status == 200


def test_an_occurrence_moved_into_the_window_from_outside_is_listed():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-03-02T09:00", 3))
    bench.mailbox.edit_occurrence(series, date(2026, 3, 3), **times("2026-01-03T09:00"))
    (row,) = bench.read(f"/me/calendarView?{JANUARY}&$select=type,originalStart")["value"]
    assert (row["type"], row["originalStart"]) == ("exception", "2026-03-03T08:00:00Z")


# Times


def test_times_come_in_utc_or_in_the_preferred_zone():
    bench = Bench()
    single = bench.mailbox.create(times("2026-07-01T09:00"))
    path = f"/me/events/{single}"
    assert bench.read(path)["start"] == {"dateTime": "2026-07-01T07:00:00.0000000", "timeZone": "UTC"}
    for zone, hour in ((PACIFIC, "00"), ("Asia/Tokyo", "16")):
        start = bench.read(path, prefer=f'outlook.timezone="{zone}"')["start"]
        assert start == {"dateTime": f"2026-07-01T{hour}:00:00.0000000", "timeZone": zone}
    assert bench.refusal(path, prefer='outlook.timezone="Nowhere"') == (400, "TimeZoneNotSupportedException")


def test_an_all_day_event_is_midnight_in_whatever_zone_is_asked_for():
    bench = Bench()
    single = bench.mailbox.create(times("2026-07-01", 48, PACIFIC, isAllDay=True))
    for zone in ("UTC", "Asia/Tokyo", PACIFIC):
        event = bench.read(f"/me/events/{single}", prefer=f'outlook.timezone="{zone}"')
        assert event["start"] == {"dateTime": "2026-07-01T00:00:00.0000000", "timeZone": zone}
        assert event["end"]["dateTime"] == "2026-07-03T00:00:00.0000000"


def test_all_day_times_must_be_midnights():
    with pytest.raises(ValueError, match="midnight"):
        Bench().mailbox.create(times("2026-07-01T09:00", 24, isAllDay=True))


def test_the_original_start_is_utc_or_carries_an_offset_and_is_midnight_of_the_recurrence_zone():
    bench = Bench()
    timed = bench.mailbox.create(daily("2026-06-01T09:00", 2))
    moved = bench.mailbox.edit_occurrence(timed, date(2026, 6, 2), **times("2026-06-02T15:00"))
    path = f"/me/events/{moved}?$select=originalStart"
    assert bench.read(path)["originalStart"] == "2026-06-02T07:00:00Z"
    assert bench.read(path, prefer=f'outlook.timezone="{PACIFIC}"')["originalStart"] == "2026-06-02T00:00:00-07:00"
    whole_day = bench.mailbox.create(daily("2026-06-01", 2, PACIFIC, 24, isAllDay=True))
    changed = bench.mailbox.edit_occurrence(whole_day, date(2026, 6, 2), subject="special")
    assert bench.read(f"/me/events/{changed}?$select=originalStart")["originalStart"] == "2026-06-02T07:00:00Z"


def test_sentinel_years_survive():
    bench = Bench()
    first = times("2026-01-01T00:00") | {
        "start": {"dateTime": "0001-01-01T00:00:00.0000000", "timeZone": "tzone://Microsoft/Utc"},
        "end": {"dateTime": "9999-12-31T23:59:59.9999999", "timeZone": "tzone://Microsoft/Utc"},
    }
    event = bench.read(f"/me/events/{bench.mailbox.create(first)}", prefer=f'outlook.timezone="{PACIFIC}"')
    assert event["start"]["dateTime"].startswith("0001-01-01")
    assert event["originalStartTimeZone"] == "tzone://Microsoft/Utc"


def test_unused_members_of_a_recurrence_hold_filler():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 2))
    recurrence = bench.read(f"/me/events/{series}")["recurrence"]
    assert recurrence == {
        "pattern": {
            "type": "daily",
            "interval": 1,
            "month": 0,
            "dayOfMonth": 0,
            "firstDayOfWeek": "sunday",
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "startDate": "2026-01-05",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": BERLIN,
            "numberOfOccurrences": 2,
        },
    }


def test_the_filler_of_an_end_date_may_be_no_date_at_all():
    bench = Bench(no_end_date="0000-01-01")
    series = bench.mailbox.create(daily("2026-01-05T09:00", 2))
    assert bench.read(f"/me/events/{series}")["recurrence"]["range"]["endDate"] == "0000-01-01"


def test_bodies_are_whole_documents_or_text():
    bench = Bench()
    body = {"contentType": "html", "content": '<p>Hello &amp; <a href="https://a.example">link</a></p>'}
    single = bench.mailbox.create(times("2026-01-05T09:00", body=body))
    event = bench.read(f"/me/events/{single}")
    assert event["body"]["content"].startswith("<html>")
    assert event["bodyPreview"] == "Hello & link<https://a.example>"
    text = bench.read(f"/me/events/{single}", prefer='outlook.body-content-type="text"')["body"]
    assert text == {"contentType": "text", "content": "Hello & link<https://a.example>"}


def test_odd_data_passes_through():
    bench = Bench()
    odd = {"subject": None, "body": None, "organizer": None, "showAs": "unknown", "iCalUId": None, "location": {}}
    single = bench.mailbox.create(times("2026-01-05T09:00", **odd, attendees=[{"emailAddress": {"name": "X"}}]))
    event = bench.read(f"/me/events/{single}")
    assert {key: event[key] for key in odd if key != "location"} == {k: v for k, v in odd.items() if k != "location"}
    assert event["location"]["displayName"] == ""
    assert event["attendees"][0]["emailAddress"] == {"name": "X"}


def test_every_change_moves_the_change_key():
    bench = Bench()
    single = bench.mailbox.create(times("2026-01-05T09:00"))
    seen = {bench.read(f"/me/events/{single}")["changeKey"]}
    for change in (bench.mailbox.touch, bench.mailbox.cancel):
        change(single)
        seen.add(bench.read(f"/me/events/{single}")["changeKey"])
    assert len(seen) == 3
    assert bench.read(f"/me/events/{single}")["subject"].startswith("Canceled: ")


# Calendars and people


def test_calendars_of_other_groups_are_listed_below_their_group():
    bench = Bench()
    other = bench.mailbox.add_calendar("Holidays", group="Other Calendars", canEdit=False)
    assert [row["name"] for row in bench.read("/me/calendars")["value"]] == ["Calendar"]
    groups = bench.read("/me/calendarGroups")["value"]
    assert [group["name"] for group in groups] == ["My Calendars", "Other Calendars"]
    (row,) = bench.read(f"/me/calendarGroups/{groups[1]['id']}/calendars")["value"]
    assert (row["id"], row["canEdit"]) == (other, False)
    assert bench.read(f"/me/calendars/{other}")["name"] == "Holidays"
    assert bench.read("/me/calendar")["isDefaultCalendar"] is True
    assert bench.read(f"/me/calendarGroups/{groups[1]['id']}")["name"] == "Other Calendars"
    assert bench.mailbox.calendar_id("Holidays") == other


def test_a_shared_calendar_is_read_below_its_own_path_and_hides_private_items():
    bench = Bench()
    boss = bench.service.add_mailbox("boss@contoso.example")
    shared = boss.share(boss.default_calendar, bench.mailbox)
    open_event = boss.create(times("2026-01-05T09:00", subject="open"))
    secret = boss.create(times("2026-01-06T09:00", subject="secret", sensitivity="private"))
    row = bench.read(f"/me/calendars/{shared}")
    assert (row["owner"]["address"], row["canEdit"]) == ("boss@contoso.example", False)
    assert len(bench.read("/me/calendars")["value"]) == 2
    assert bench.read(f"/me/calendars/{shared}/events/{open_event}")["subject"] == "open"
    assert bench.refusal(f"/me/events/{open_event}") == (404, "ErrorInvalidMailboxItemId")
    assert bench.refusal(f"/me/calendars/{shared}/events/{secret}") == (404, "ErrorItemNotFound")
    rows = bench.read(f"/me/calendars/{shared}/calendarView?{JANUARY}")["value"]
    assert [row["subject"] for row in rows] == ["open", "Private appointment"]


def test_another_persons_mailbox_needs_the_shared_scope():
    bench = Bench()
    bench.service.add_mailbox("boss@contoso.example")
    path = f"/users/boss@contoso.example/calendarView?{JANUARY}"
    assert bench.refusal(path) == (403, "ErrorAccessDenied")
    bench.service.grant("token", ["Calendars.Read.Shared"])
    assert bench.read(path)["value"] == []
    assert bench.refusal("/users/nobody@contoso.example/calendar") == (404, "ErrorInvalidUser")


def test_me_is_whoever_signed_in_and_an_app_has_no_me():
    bench = Bench()
    boss = bench.service.add_mailbox("boss@contoso.example")
    boss.create(times("2026-01-05T09:00", subject="boss"))
    bench.service.grant("boss", ["https://graph.microsoft.com/Calendars.Read"], user="boss@contoso.example")
    assert bench.read(f"/me/calendarView?{JANUARY}", token="boss")["value"][0]["subject"] == "boss"
    bench.service.grant("app", ["https://graph.microsoft.com/.default", "Calendars.Read"])
    assert bench.refusal("/me/calendar", token="app") == (400, "BadRequest")
    assert bench.read(f"/users/{boss.oid}/calendar", token="app")["name"] == "Calendar"


def test_an_app_without_permission_reads_nothing_and_a_person_without_mailbox_has_no_calendar():
    bench = Bench()
    bench.service.grant("app", ["https://graph.microsoft.com/.default"])
    assert bench.refusal(f"/users/{bench.mailbox.oid}/calendar", token="app") == (403, "ErrorAccessDenied")
    bench.service.grant("guest", ["Calendars.Read"], user="guest@elsewhere.example")
    assert bench.refusal("/me/calendar", token="guest") == (404, "MailboxNotEnabledForRESTAPI")


def test_settings_categories_and_zones():
    bench = Bench()
    assert bench.read("/me/mailboxSettings")["timeZone"] == BERLIN
    assert bench.read("/me/outlook/masterCategories")["value"][0]["color"] == "preset0"
    assert {"alias": PACIFIC, "displayName": PACIFIC} in bench.read("/me/outlook/supportedTimeZones")["value"]
    iana = "/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')"
    assert "Europe/Berlin" in [row["alias"] for row in bench.read(iana)["value"]]
    assert bench.read("/me")["userPrincipalName"] == "adele@contoso.example"
    bench.service.grant("token", ["Calendars.Read"])
    assert bench.refusal("/me/mailboxSettings") == (403, "ErrorAccessDenied")


# Refusals


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/me/events/nonsense", 400, "ErrorInvalidIdMalformed"),
        ("/me/events/AAMkAGI2TGuLAAA=", 404, "ErrorItemNotFound"),
        ("/me/calendars/AAMkAGI2TGuLAAA=", 404, "ErrorItemNotFound"),
        ("/me/calendars/AAMkAGI2TGuLAAA=/calendarView/delta?" + JANUARY, 404, "ErrorItemNotFound"),
        ("/me/unheardOf", 400, "BadRequest"),
        ("/elsewhere", 400, "BadRequest"),
        ("/me/events?$top=0", 400, "ErrorInvalidParameter"),
        ("/subscriptions", 501, "NotImplemented"),
    ],
)
def test_what_is_not_there_is_refused(path, status, code):
    assert Bench().refusal(path) == (status, code)


def test_a_deleted_event_is_not_found():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 3))
    occurrence = bench.mailbox.edit_occurrence(series, date(2026, 1, 6), subject="x")
    bench.mailbox.delete(occurrence)
    assert bench.refusal(f"/me/events/{occurrence}") == (404, "ErrorItemNotFound")
    assert bench.read(f"/me/events/{series}")["type"] == "seriesMaster"
    bench.mailbox.delete(series)
    assert bench.refusal(f"/me/events/{series}") == (404, "ErrorItemNotFound")


@pytest.mark.parametrize("token", ["unknown", "expired"])
def test_a_bad_token_is_challenged(token):
    bench = Bench()
    bench.service.grant("expired", ["Calendars.Read"], expires_at=bench.clock.now() - 1)
    answer = bench.send("/me/calendar", token=token)
    assert (answer.status, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_without_calendars_is_forbidden_and_basic_has_no_bodies():
    bench = Bench("User.Read")
    assert bench.refusal(f"/me/calendarView?{JANUARY}") == (403, "ErrorAccessDenied")
    bench.mailbox.create(times("2026-01-05T09:00"))
    bench.service.grant("token", ["Calendars.ReadBasic"])
    assert "body" not in bench.read(f"/me/calendarView?{JANUARY}")["value"][0]
    assert bench.refusal(f"/me/calendarView/delta?{JANUARY}") == (403, "ErrorAccessDenied")


def test_a_token_for_reading_cannot_write():
    assert Bench().refusal("/me/events", method="POST", body=b"{}") == (403, "ErrorAccessDenied")


class Writer(Bench):
    """A bench whose token may write."""

    def __init__(self):
        super().__init__("Calendars.ReadWrite")

    def write(self, method, path, **body):
        answer = self.send(path, method=method, body=json.dumps(body).encode() if body else b"")
        return answer.status, answer.json() if answer.body else None


def test_a_token_for_writing_makes_changes_and_deletes_an_event():
    bench = Writer()
    status, made = bench.write("POST", "/me/events", **times("2026-01-05T09:00", subject="Posted"))
    assert (status, made["subject"], made["start"]["dateTime"][:16]) == (201, "Posted", "2026-01-05T08:00")
    path = f"/me/events/{made['id']}"
    status, changed = bench.write("PATCH", path, subject="Patched")
    assert (status, changed["subject"], bench.read(path)["subject"]) == (200, "Patched", "Patched")
    assert bench.write("DELETE", path) == (204, None)
    assert bench.write("DELETE", path)[0] == bench.write("PATCH", path, subject="Again")[0] == 404


def test_one_occurrence_is_changed_and_deleted_by_its_id():
    bench = Writer()
    series = bench.write("POST", "/me/events", **daily("2026-01-05T09:00", 3, subject="Daily"))[1]["id"]
    first, second, third = [row["id"] for row in bench.read(f"/me/events/{series}/instances?{JANUARY}")["value"]]
    assert bench.write("PATCH", f"/me/events/{second}", subject="Own")[1]["type"] == "exception"
    assert bench.write("DELETE", f"/me/events/{first}")[0] == 204
    left = bench.read(f"/me/events/{series}/instances?{JANUARY}")["value"]
    assert [(row["id"], row["subject"]) for row in left] == [(second, "Own"), (third, "Daily")]


def test_a_calendar_is_made_filled_and_deleted_but_the_default_one_stays():
    bench = Writer()
    made = bench.write("POST", "/me/calendars", name="Scratch")[1]["id"]
    status, event = bench.write("POST", f"/me/calendars/{made}/events", **times("2026-01-05T09:00"))
    assert (status, bench.mailbox.item(event["id"]).calendar) == (201, made)
    assert bench.write("DELETE", f"/me/calendars/{made}") == (204, None)
    assert list(bench.mailbox.calendars) == [bench.mailbox.default_calendar]
    assert bench.write("DELETE", f"/me/calendars/{bench.mailbox.default_calendar}")[0] == 405


@pytest.mark.parametrize("body", [{}, {"start": "today"}, {"start": {"dateTime": "x"}, "end": {"dateTime": "y"}}])
def test_a_write_that_makes_no_sense_is_refused(body):
    assert Writer().write("POST", "/me/events", **body)[0] == 400


def test_every_answer_carries_ids_and_echoes_the_clients():
    bench = Bench()
    for path in ("/me/calendar", "/me/unheardOf"):
        answer = bench.send(path, client_request_id="mine")
        assert answer.headers["client-request-id"] == "mine"
        assert {"request-id", "date", "cache-control", "x-ms-ags-diagnostic"} <= answer.headers.keys()
    inner = answer.json()["error"]["innerError"]
    assert inner["request-id"] == answer.headers["request-id"]
    assert inner["date"] == "2026-01-01T00:00:00"


@pytest.mark.parametrize("kind", ["integer", "float", "absent"])
def test_the_quota_is_per_ten_minutes_and_says_when_to_come_back(kind):
    bench = Bench(quota=3, retry_after=kind)
    for _ in range(3):
        bench.read("/me/calendar")
    bench.clock.advance(100.5)
    answer = bench.send("/me/calendar")
    assert answer.status == 429
    expected = {"integer": "500", "float": "499.500", "absent": None}
    assert answer.headers.get("retry-after") == expected[kind]
    bench.clock.advance(500)
    bench.read("/me/calendar")


def test_faults_can_answer_with_every_error_of_the_catalogue():
    bench = Bench()
    for name, answer in CATALOGUE.items():
        bench.service.faults.append(Fault(answer=answer))
        assert bench.send("/me/calendar") == answer, name


# Batches


def batch(bench, *requests, status=200):
    answer = bench.send("/$batch", method="POST", body=json.dumps({"requests": requests}).encode())
    assert answer.status == status
    return {one["id"]: one for one in answer.json().get("responses", [])}


def get(name, url, **more):
    return {"id": name, "method": "GET", "url": url, **more}


def test_a_batch_answers_each_member_for_itself():
    bench = Bench()
    single = bench.mailbox.create(times("2026-07-01T09:00", subject="one"))
    zone = {"Prefer": f'outlook.timezone="{BERLIN}"'}
    got = batch(
        bench,
        get("1", f"/me/events/{single}", headers=zone),
        get("2", "/me/events/AAMkAGI2TGuLAAA="),
        get("3", "/me/calendar", dependsOn=["2"]),
    )
    assert [got[name]["status"] for name in "123"] == [200, 404, 424]
    assert got["1"]["body"]["start"]["timeZone"] == BERLIN
    exchange = bench.service.log[-1]
    assert exchange.units == len(exchange.parts) == 2


def test_members_of_a_batch_are_throttled_one_by_one_and_may_come_in_any_order():
    bench = Bench(quota=2, batch_any_order=True)
    got = batch(bench, *(get(name, "/me/calendar") for name in "123"))
    assert list(got) == ["2", "1", "3"]
    assert got["3"]["status"] == 429
    assert got["3"]["headers"]["Retry-After"] == "600"


def test_faults_reach_into_a_batch():
    bench = Bench()
    bench.service.faults += [
        Fault(answer=Answer(503), inside_batch=True),
        Fault(reset_before=True, inside_batch=True),
        Fault(truncate=10, inside_batch=True),
    ]
    got = batch(bench, *(get(name, "/me/calendar") for name in "1234"))
    assert [got[name]["status"] for name in "1234"] == [503, 504, 200, 200]
    assert isinstance(got["3"]["body"], str)


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [get(str(number), "/me") for number in range(21)],
        [get("a", "/me"), get("A", "/me")],
        [get("1", "/$batch")],
        [{"id": "1"}],
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(requests):
    assert batch(Bench(), *requests, status=400) == {}


def test_a_batch_needs_a_token():
    bench = Bench()
    request = Request("POST", bench.service.base_url + "/$batch", {}, b'{"requests":[]}')
    assert bench.service.answer(request).status == 401
