"""Reading by id: what is gone, what decides nothing, series whole, and clouds that cannot list holes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from canned_graph import (
    CALENDAR,
    HOME,
    NOT_FOUND,
    WINDOW,
    CannedGraph,
    exception,
    graph_error,
    json_answer,
    master,
    occurrence,
    page,
    single,
)

import calmirror.microsoft
from calmirror.errors import CalmirrorError, RetryableError, UserFixableError
from calmirror.http.message import Answer
from calmirror.microsoft.calendar import Reading
from calmirror.microsoft.parse import FIELDS, UnreadableEventError
from calmirror.model.source import Kind, Series, SourceEvent, Stub

BUSY = graph_error(429, "ApplicationThrottled", retry_after="2")
BROKEN = graph_error(500, "ErrorInternalServerError")


def event_at(event_id):
    return f"{HOME}/events/{event_id}"


@pytest.fixture
def graph():
    return CannedGraph()


def read(graph, *ids):
    return graph.outlook().read(CALENDAR, ids)


def read_series(graph, *ids, stubs=None):
    return graph.outlook().read_series(CALENDAR, ids, WINDOW, stubs or {})


def test_an_id_is_read_whole(graph):
    graph.canned[event_at("s")] = [json_answer(single("s"))]
    found = read(graph, "s")["s"]
    assert isinstance(found, SourceEvent)
    assert found.subject == "Secret words"


def test_reading_nothing_asks_nothing(graph):
    assert (read(graph), read_series(graph), graph.log) == ({}, {}, [])


def test_ids_go_in_batches_of_twenty_that_each_ask_for_the_calendar_too(graph):
    ids = [f"s{number}" for number in range(40)]
    assert set(read(graph, *ids).values()) == {Reading.GONE}
    assert [len(members) for members in graph.members] == [20, 20, 3]
    assert all(members[0]["url"] == "/me/calendars/AAMkcal%3D" for members in graph.members)
    assert all('outlook.timezone="UTC"' in member["headers"]["Prefer"] for member in graph.members[0])


@pytest.mark.parametrize(
    ("answer", "reading"),
    [
        (NOT_FOUND, Reading.GONE),
        (graph_error(404, "itemNotFound"), Reading.GONE),
        (graph_error(404, "MailboxNotEnabledForRESTAPI"), Reading.UNKNOWN),
        (graph_error(404, ""), Reading.UNKNOWN),
        (json_answer(None, 404), Reading.UNKNOWN),
        (graph_error(400, "ErrorInvalidIdMalformed"), Reading.NO_ID),
        (graph_error(400, "ErrorInvalidId"), Reading.NO_ID),
        (graph_error(404, "ErrorInvalidMailboxItemId"), Reading.NO_ID),
        (graph_error(400, "errorInvalidMailboxItemId"), Reading.NO_ID),
        (graph_error(403, "ErrorInvalidMailboxItemId"), Reading.UNKNOWN),
        (graph_error(403, "ErrorAccessDenied"), Reading.UNKNOWN),
        (graph_error(410, "ErrorItemNotFound"), Reading.UNKNOWN),
        (graph_error(500, "ErrorCorruptData"), Reading.UNKNOWN),
        (BROKEN, Reading.UNKNOWN),
        (json_answer(single("s", start="1601-01-01T00:00:00")), Reading.UNKNOWN),
        (json_answer("words"), Reading.UNKNOWN),
        (json_answer(single("another")), Reading.UNKNOWN),
    ],
)
def test_only_an_item_that_is_not_found_is_gone(graph, answer, reading):
    graph.canned[event_at("s")] = [answer]
    assert read(graph, "s") == {"s": reading}


@pytest.mark.parametrize("calendar", [NOT_FOUND, graph_error(403, "ErrorAccessDenied"), BROKEN])
def test_nothing_is_gone_while_its_calendar_does_not_answer(graph, calendar):
    graph.canned[HOME] = [calendar]
    assert read(graph, "s") == {"s": Reading.UNKNOWN}


def test_a_missing_item_is_asked_for_again_until_its_calendar_answers(graph):
    graph.canned[HOME] = [BUSY, graph.canned[HOME][0]]
    assert read(graph, "s") == {"s": Reading.GONE}


def test_only_throttled_members_are_sent_again_and_the_wait_is_honoured(graph):
    graph.canned[event_at("a")] = [json_answer(single("a"))]
    graph.canned[event_at("b")] = [BUSY, json_answer(single("b"))]
    before = graph.clock.now()
    assert {one.id for one in read(graph, "a", "b").values()} == {"a", "b"}
    assert [len(members) for members in graph.members] == [3, 2]
    assert graph.clock.now() - before == 2.0


def test_a_member_throttled_for_ever_ends_the_read(graph):
    graph.canned[event_at("s")] = [BUSY]
    with pytest.raises(RetryableError) as caught:
        read(graph, "s")
    assert caught.value.code == "throttled"
    assert len(graph.members) == 5


def test_the_wait_is_the_throttled_members_and_not_the_broken_ones(graph):
    graph.canned[event_at("a")] = [BROKEN, json_answer(single("a"))]
    graph.canned[event_at("b")] = [graph_error(429, "TooManyRequests", retry_after="30"), json_answer(single("b"))]
    before = graph.clock.now()
    read(graph, "a", "b")
    assert graph.clock.now() - before == 30.0


def test_a_corrupt_item_is_asked_for_once(graph):
    graph.canned[event_at("s")] = [graph_error(500, "ErrorCorruptData")]
    read(graph, "s")
    assert len(graph.members) == 1


def test_a_broken_item_is_not_asked_for_for_ever(graph):
    graph.canned[event_at("s")] = [BROKEN]
    read(graph, "s")
    assert len(graph.members) == 5


def test_a_refused_sign_in_inside_a_batch_is_renewed(graph):
    expired = graph_error(401, "InvalidAuthenticationToken")

    def calendar(request):
        return json_answer({"id": CALENDAR}) if graph.tokens.renewed else expired

    graph.canned[HOME] = calendar
    graph.canned[event_at("s")] = [expired, json_answer(single("s"))]
    assert read(graph, "s")["s"].id == "s"
    assert graph.tokens.renewed == 1


def test_a_sign_in_that_stays_refused_is_for_a_person(graph):
    graph.canned[HOME] = graph.canned[event_at("s")] = [graph_error(401, "InvalidAuthenticationToken")]
    with pytest.raises(UserFixableError) as caught:
        read(graph, "s")
    assert caught.value.code == "sign-in-microsoft"


@pytest.mark.parametrize("answer", [json_answer({}), json_answer([]), json_answer({"responses": None})])
def test_a_batch_without_members_makes_no_sense(graph, answer):
    graph.batch = lambda members: answer
    with pytest.raises(RetryableError) as caught:
        read(graph, "s")
    assert caught.value.code == "odd-answer"


def test_a_member_without_an_answer_decides_nothing(graph):
    graph.batch = lambda members: json_answer({"responses": []})
    assert read(graph, "s") == {"s": Reading.UNKNOWN}


def test_a_series_is_read_with_its_exceptions_and_holes(graph):
    nested = {k: v for k, v in exception("e", "m", "2026-03-03").items() if k not in ("type", "seriesMasterId")}
    answer = master("m", cancelledOccurrences=["OID.m.2026-03-05"], exceptionOccurrences=[nested])
    graph.canned[event_at("m")] = [json_answer(answer)]
    stub = Stub("o", "m", Kind.OCCURRENCE, WINDOW.start, WINDOW.end)
    series = read_series(graph, "m", stubs={"m": (stub,), "other": ()})["m"]
    assert isinstance(series, Series)
    assert [(one.id, one.kind, one.series_id, one.original_date) for one in series.exceptions] == [
        ("e", Kind.EXCEPTION, "m", date(2026, 3, 3))
    ]
    assert series.cancelled == (date(2026, 3, 5),)
    assert (series.listed, series.listed_window, series.listed_complete) == ((stub,), WINDOW, False)
    asked = graph.members[0][1]["url"]
    assert asked.endswith(",cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences")
    assert "$select=id," in asked


def test_further_pages_of_exceptions_are_read_too(graph):
    more = f"{event_at('m')}/exceptionOccurrences?$skip=1"
    answer = master("m", cancelledOccurrences=[], exceptionOccurrences=[exception("e1", "m", "2026-03-03")])
    graph.canned[event_at("m")] = [json_answer(answer | {"exceptionOccurrences@odata.nextLink": graph.base_url + more})]
    graph.canned[more] = [page(exception("e2", "m", "2026-03-04"))]
    assert [one.id for one in read_series(graph, "m")["m"].exceptions] == ["e1", "e2"]


def test_a_deleted_series_is_gone(graph):
    assert read_series(graph, "m") == {"m": Reading.GONE}


@pytest.mark.parametrize(
    "answer",
    [
        single("m"),
        master("m", cancelledOccurrences=[], exceptionOccurrences=[exception("e", "m", "2026-03-03", start=None)]),
    ],
    ids=["no series any more", "an exception that cannot be understood"],
)
def test_what_is_no_readable_series_decides_nothing(graph, answer):
    graph.canned[event_at("m")] = [json_answer(answer)]
    assert read_series(graph, "m") == {"m": Reading.UNKNOWN}


UNKNOWN_PROPERTY = graph_error(400, "RequestBroker--ParseUri", "Could not find a property named 'cancelledOccurrences'")


def national_cloud(graph, *, refuses):
    def answer(request):
        return UNKNOWN_PROPERTY if refuses and "cancelledOccurrences" in request.url else json_answer(master("m"))

    graph.canned[event_at("m")] = answer
    graph.canned[f"{event_at('m')}/instances"] = lambda _request: page(
        exception("e", "m", "2026-03-03"), occurrence("o", "m", "2026-03-02")
    )


@pytest.mark.parametrize("refuses", [True, False], ids=["refuses the names", "leaves the members out"])
def test_a_cloud_that_cannot_list_holes_is_read_through_its_instances(graph, refuses):
    national_cloud(graph, refuses=refuses)
    outlook = graph.outlook()
    series = outlook.read_series(CALENDAR, ["m"], WINDOW, {})["m"]
    assert series.cancelled is None
    assert ([one.id for one in series.exceptions], {one.id for one in series.listed}) == (["e"], {"e", "o"})
    assert series.listed_complete
    graph.log.clear()
    outlook.read_series(CALENDAR, ["m"], WINDOW, {})
    assert [one.path.rpartition("/")[2] for one in graph.log] == ["$batch", "instances"]


def test_a_master_that_comes_as_another_one_decides_nothing(graph):
    graph.canned[event_at("m")] = [json_answer(master("another", cancelledOccurrences=[], exceptionOccurrences=[]))]
    assert read_series(graph, "m") == {"m": Reading.UNKNOWN}
    graph.canned[event_at("m")] = [json_answer(master("another"))]
    assert read_series(graph, "m") == {"m": Reading.UNKNOWN}


@pytest.mark.parametrize("answer", [NOT_FOUND, graph_error(400, "ErrorInvalidIdMalformed")])
def test_a_series_whose_occurrences_are_refused_after_it_was_read_makes_no_sense(graph, answer):
    graph.canned[f"{event_at('m')}/instances"] = [answer]
    with pytest.raises(RetryableError) as caught:
        graph.outlook().instances(CALENDAR, "m", WINDOW)
    assert caught.value.code == "odd-answer"


def test_one_refused_id_does_not_make_the_cloud_a_national_one(graph):
    good = master("m", cancelledOccurrences=[], exceptionOccurrences=[])
    graph.canned[event_at("m")] = [json_answer(good)]
    graph.canned[event_at("bad")] = [graph_error(400, "ErrorInvalidIdMalformed")]
    graph.canned[event_at("odd")] = [graph_error(400, "ErrorInvalidRequest")]
    outlook = graph.outlook()
    first = outlook.read_series(CALENDAR, ["m", "bad", "odd"], WINDOW, {})
    assert (first["bad"], first["odd"]) == (Reading.NO_ID, Reading.UNKNOWN)
    assert outlook.read_series(CALENDAR, ["m"], WINDOW, {})["m"].cancelled == ()


def test_instances_are_read_to_their_last_page(graph):
    first = page(exception("e", "m", "2026-03-03"), next_link=f"{graph.base_url}{event_at('m')}/instances?$skip=1")
    graph.canned[f"{event_at('m')}/instances?$skip=1"] = [page(occurrence("o", "m", "2026-03-02"))]
    graph.canned[f"{event_at('m')}/instances"] = [first]
    stubs, exceptions = graph.outlook().instances(CALENDAR, "m", WINDOW)
    assert {stub.id: stub.kind for stub in stubs} == {"e": Kind.EXCEPTION, "o": Kind.OCCURRENCE}
    assert [one.subject for one in exceptions] == ["Secret words"]


def test_instances_are_selected_by_their_members_since_some_come_only_then(graph):
    graph.canned[f"{event_at('m')}/instances"] = [page(occurrence("o", "m", "2026-03-02"))]
    graph.outlook().instances(CALENDAR, "m", WINDOW)
    assert graph.urls[0].endswith(f"&$select={FIELDS}")
    assert "originalStart" in FIELDS


def refused_once_selected(graph, *pages):
    """Instances of a cloud that refuses to select what its schema lacks."""
    answers = list(pages)

    def answer(request):
        return UNKNOWN_PROPERTY if "select" in request.url else answers.pop(0)

    graph.canned[f"{event_at('m')}/instances"] = answer


def test_a_cloud_that_refuses_a_member_by_name_is_asked_for_instances_whole(graph):
    refused_once_selected(graph, page(exception("e", "m", "2026-03-03")))
    _, exceptions = graph.outlook().instances(CALENDAR, "m", WINDOW)
    assert [one.id for one in exceptions] == ["e"]
    assert ["select" in url for url in graph.urls] == [True, False]


def test_what_is_refused_without_names_too_is_an_error(graph):
    refused_once_selected(graph, UNKNOWN_PROPERTY)
    with pytest.raises(CalmirrorError) as caught:
        graph.outlook().instances(CALENDAR, "m", WINDOW)
    assert caught.value.code == "microsoft-refused"


def test_a_later_page_that_is_refused_does_not_begin_the_list_anew(graph):
    more = f"{event_at('m')}/instances?$skip=1"
    first = page(occurrence("o", "m", "2026-03-02"), next_link=f"{graph.base_url}{more}")
    graph.canned |= {more: [UNKNOWN_PROPERTY], f"{event_at('m')}/instances": [first]}
    with pytest.raises(CalmirrorError):
        graph.outlook().instances(CALENDAR, "m", WINDOW)
    assert len(graph.log) == 2


def test_instances_of_a_series_that_just_vanished_are_for_the_next_run(graph):
    with pytest.raises(RetryableError):
        graph.outlook().instances(CALENDAR, "m", WINDOW)


def test_an_instance_that_cannot_be_understood_is_said_so(graph):
    graph.canned[f"{event_at('m')}/instances"] = [page(occurrence("o", "m", "1601-01-01"))]
    with pytest.raises(UnreadableEventError):
        graph.outlook().instances(CALENDAR, "m", WINDOW)


def test_there_is_no_way_to_write():
    """No verb but GET, save one POST, to the batch, whose members are all GET."""
    sources = {path.name: path.read_text() for path in Path(calmirror.microsoft.__file__).parent.glob("*.py")}
    text = "".join(sources.values())
    assert not [verb for verb in ("PUT", "PATCH", "DELETE", "put(", "patch(") if verb in text]
    assert text.count('"POST"') == 1
    assert 'send_json("POST", "/$batch"' in "".join(sources["batch.py"].split("\n")).replace(" " * 12, "")
    assert sources["batch.py"].count('"method":') == sources["batch.py"].count('"method": "GET"') == 1
    assert text.count(".send(") + text.count(".send_json(") == 4
    assert text.count('.send("GET"') + text.count('.send_json("GET"') == 3


def test_every_member_of_a_batch_is_a_get(graph):
    read(graph, "a", "b")
    assert {member["method"] for members in graph.members for member in members} == {"GET"}
    assert [one.method for one in graph.log] == ["POST"]


def test_a_web_page_instead_of_a_batch_is_tried_again(graph):
    answers = iter([Answer(200, {}, b"<html>")])
    batch = graph.batch
    graph.batch = lambda members: next(answers, None) or batch(members)
    assert read(graph, "s") == {"s": Reading.GONE}


def test_all_day_instances_keep_their_days_as_utc_dates(graph):
    whole = exception("e", "m", "2026-03-03", isAllDay=True)
    whole |= {"start": {"dateTime": "2026-03-03T00:00:00.0000000", "timeZone": "Pacific Standard Time"}}
    whole |= {"end": {"dateTime": "2026-03-04T00:00:00.0000000", "timeZone": "Pacific Standard Time"}}
    graph.canned[f"{event_at('m')}/instances"] = [page(whole)]
    stubs, _ = graph.outlook().instances(CALENDAR, "m", WINDOW)
    assert (stubs[0].start, stubs[0].end) == (datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
