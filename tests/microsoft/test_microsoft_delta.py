"""Rounds of changes: links followed word for word, several entries for one id, circles, dead cursors, staging."""

from base64 import b64encode

import pytest
from canned_graph import (
    BASE,
    CALENDAR,
    DELTA,
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
    tombstone,
)

from calmirror.errors import CalmirrorError, RetryableError, SafetyStopError, UserFixableError
from calmirror.http.message import Answer
from calmirror.microsoft.calendar import CursorLostError
from calmirror.microsoft.collect import BOTH

START = f"{DELTA}?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z"
END = f"{BASE}{DELTA}?$deltatoken=end"


def link(name, kind="skip"):
    return f"{BASE}{DELTA}?${kind}token={name}"


def path(name, kind="skip"):
    return f"{DELTA}?${kind}token={name}"


class Staged:
    """Pages kept in memory."""

    def __init__(self, next_link="", pages=()):
        self.next_link, self.pages, self.drops = next_link, list(pages), 0

    def load(self):
        return self.next_link, list(self.pages)

    def add(self, next_link, page):
        self.next_link = next_link
        self.pages.append(page)

    def drop(self):
        self.next_link, self.pages, self.drops = "", [], self.drops + 1


@pytest.fixture
def graph():
    return CannedGraph()


def full(graph, **more):
    return graph.outlook().round(CALENDAR, window=WINDOW, **more)


def test_an_idle_round_is_one_request_to_the_cursor_verbatim(graph):
    graph.canned = {path("old", "delta"): [page(delta_link=END)]}
    read = full(graph, cursor=link("old", "delta"))
    assert (read.full, read.cursor, read.singles, read.tombstones) == (False, END, {}, frozenset())
    assert [one.request.url for one in graph.log] == [link("old", "delta")]


def test_a_full_round_sorts_what_it_finds_by_kind(graph):
    graph.canned = {
        START: [page(single("s"), master("m"), next_link=link("1"))],
        path("1"): [page(occurrence("o", "m", "2026-03-02"), exception("e", "m", "2026-03-03"), delta_link=END)],
    }
    read = full(graph)
    assert read.full
    assert (set(read.singles), set(read.masters), set(read.exceptions)) == ({"s"}, {"m"}, {"e"})
    assert [stub.id for stub in read.stubs["m"]] == ["o", "e"]
    assert (read.window, read.cursor) == (WINDOW, END)


def test_each_page_carries_the_preferences_and_a_fresh_request_id(graph):
    graph.canned = {START: [page(next_link=link("1"))], path("1"): [page(delta_link=END)]}
    full(graph)
    wanted = 'outlook.timezone="UTC", odata.maxpagesize=200, outlook.body-content-type="html"'
    assert [one.request.headers["prefer"] for one in graph.log] == [wanted, wanted]
    assert len({one.request.headers["client-request-id"] for one in graph.log}) == 2


def test_the_window_is_asked_for_without_a_plus_sign(graph):
    graph.canned = {START: [page(delta_link=END)]}
    full(graph)
    assert graph.log[0].request.url.endswith(
        "/calendars/AAMkcal%3D/calendarView/delta?startDateTime=2026-01-01T00%3A00%3A00Z&endDateTime=2027-01-01T00%3A00%3A00Z"
    )


def version(number, *, minute=0, **more):
    """An entry of one event in a version; later versions have higher numbers in their change keys."""
    key = b64encode(bytes(16) + number.to_bytes(6, "big")).decode()
    modified = f"2026-03-01T09:{minute:02}:00.1234567Z"
    return {"@odata.etag": f'W/"{key}"', "changeKey": key, "lastModifiedDateTime": modified, **more}


def in_two_pages(graph, first, second):
    graph.canned = {START: [page(first, next_link=link("1"))], path("1"): [page(second, delta_link=END)]}
    return full(graph)


OLDER_AND_NEWER = {
    "by the time of the change": (version(7, minute=1), version(5, minute=2)),
    "by the version where the times are equal": (version(5), version(7)),
    "by the version where no time is told": (
        version(5, lastModifiedDateTime=None),
        version(7, lastModifiedDateTime=""),
    ),
    "by the etag where there is nothing else": (
        version(5, lastModifiedDateTime="soon", changeKey=None),
        version(7, lastModifiedDateTime="soon", changeKey=None),
    ),
}


@pytest.mark.parametrize("newer_first", [False, True])
@pytest.mark.parametrize("told", OLDER_AND_NEWER)
def test_of_two_entries_for_one_id_the_newer_one_counts_in_either_order(graph, told, newer_first):
    older, newer = (
        single("s") | members | {"subject": subject}
        for members, subject in zip(OLDER_AND_NEWER[told], ("old", "new"), strict=True)
    )
    read = in_two_pages(graph, newer, older) if newer_first else in_two_pages(graph, older, newer)
    assert read.singles["s"].subject == "new"


@pytest.mark.parametrize("other", [{}, {"@odata.etag": 'W/"AAAA"', "changeKey": "AAAA"}, {"@odata.etag": 'W/"?"'}])
def test_of_two_entries_that_cannot_be_compared_the_last_one_counts(graph, other):
    named = {"lastModifiedDateTime": None, "changeKey": None}
    read = in_two_pages(graph, single("s") | version(7) | named, single("s") | named | {"subject": "last"} | other)
    assert read.singles["s"].subject == "last"


@pytest.mark.parametrize("newer_first", [False, True])
def test_of_two_stubs_for_one_occurrence_the_newer_one_counts(graph, newer_first):
    """All stubs of a series have its version behind eight bytes of their own."""

    def stub(number, hour):
        etag = b64encode(bytes.fromhex("0f00000016000000") + bytes(16) + number.to_bytes(6, "big")).decode()
        return occurrence("o", "m", "2026-03-02", hour) | {"@odata.etag": f'W/"{etag}"'}

    stubs = [stub(5, "09"), stub(7, "15")]
    read = in_two_pages(graph, *(stubs[::-1] if newer_first else stubs))
    assert [one.start.hour for one in read.stubs["m"]] == [15]


@pytest.mark.parametrize("garbled_first", [False, True])
def test_an_entry_that_cannot_be_understood_does_not_win_over_one_that_can(graph, garbled_first):
    whole, garbled = single("s") | version(7), single("s", start="soon") | version(7)
    for garbled in (single("s", start="soon") | version(7), single("s", start="soon") | version(5)):
        read = in_two_pages(graph, garbled, whole) if garbled_first else in_two_pages(graph, whole, garbled)
        assert (set(read.singles), read.unreadable) == ({"s"}, {})


@pytest.mark.parametrize("garbled_first", [False, True])
def test_unless_it_is_the_newer_one(graph, garbled_first):
    whole, garbled = single("s") | version(5), single("s", start="soon") | version(7)
    read = in_two_pages(graph, garbled, whole) if garbled_first else in_two_pages(graph, whole, garbled)
    assert (read.singles, read.unreadable) == ({}, {"s": "it has a time that is none"})


@pytest.mark.parametrize(
    ("members", "outline"),
    [
        ({"subject": "Title"}, ("Title", "2026-03-02T09:00:00+00:00")),
        ({"subject": "Title", "sensitivity": "private"}, ("", "2026-03-02T09:00:00+00:00")),
        ({"subject": 7, "start": {"dateTime": "soon", "timeZone": "UTC"}}, ("", "")),
        ({"subject": "Title", "start": None}, ("Title", "")),
        ({"start": {"dateTime": "2026-03-02T09:00:00.0", "timeZone": "Atlantis"}}, ("", "2026-03-02T09:00:00")),
    ],
)
def test_what_cannot_be_understood_is_told_by_what_can(graph, members, outline):
    raw = {name: value for name, value in single("s").items() if name != "subject"}
    garbled = raw | {"end": {"dateTime": "soon", "timeZone": "UTC"}} | members
    assert in_two_pages(graph, garbled, single("other")).outlines == {"s": outline}


EVENT, INSTANCES, VIEW = f"{HOME}/events/s", f"{HOME}/events/s/instances", f"{HOME}/calendarView"


@pytest.mark.parametrize("entries", [[single("s"), tombstone("s")], [tombstone("s"), single("s")]])
@pytest.mark.parametrize(
    ("answer", "singles", "gone", "unreadable"),
    [
        (NOT_FOUND, set(), {"s"}, {}),
        (json_answer(single("s", subject="as it is")), {"s"}, set(), {}),
        (json_answer(single("s", start="2028-03-02T09:00:00", end="2028-03-02T10:00:00")), set(), {"s"}, {}),
        (graph_error(403, "ErrorAccessDenied"), set(), set(), {"s": BOTH}),
    ],
    ids=["gone", "there", "out of the window", "not to be read"],
)
def test_what_comes_both_as_deleted_and_as_changed_is_read_by_its_id(graph, entries, answer, singles, gone, unreadable):
    graph.canned |= {START: [page(entries[0], next_link=link("1"))], path("1"): [page(entries[1], delta_link=END)]}
    graph.canned |= {EVENT: [answer], VIEW: [page({"id": "s"})]}
    read = full(graph)
    assert (set(read.singles), read.tombstones, read.unreadable) == (singles, gone, unreadable)
    assert [one.subject for one in read.singles.values()] == ["as it is"] * len(singles)


@pytest.mark.parametrize("entries", [[master("s"), tombstone("s")], [tombstone("s"), master("s")]])
@pytest.mark.parametrize("gone", [False, True])
def test_so_is_a_series(graph, entries, gone):
    graph.canned |= {START: [page(*entries, delta_link=END)], EVENT: [NOT_FOUND if gone else json_answer(master("s"))]}
    graph.canned |= {INSTANCES: [page(occurrence("o", "s", "2026-03-02"))], VIEW: [page({"seriesMasterId": "s"})]}
    read = full(graph)
    assert (set(read.masters), read.tombstones) == ((set(), {"s"}) if gone else ({"s"}, frozenset()))


def test_a_tombstone_for_an_id_that_is_not_known_stays_one_and_costs_nothing(graph):
    graph.canned = {START: [page(tombstone("never-seen"), delta_link=END)]}
    assert full(graph).tombstones == {"never-seen"}
    assert len(graph.log) == 1


def test_a_single_event_that_became_a_series_is_only_a_series(graph):
    graph.canned = {START: [page(single("s"), master("s"), delta_link=END)]}
    read = full(graph)
    assert (set(read.singles), set(read.masters)) == (set(), {"s"})


def test_ids_that_differ_in_case_or_in_one_sign_are_different_events(graph):
    graph.canned = {START: [page(single("a-B"), single("a-b"), single("a_b"), delta_link=END)]}
    assert set(full(graph).singles) == {"a-B", "a-b", "a_b"}


def test_an_entry_that_cannot_be_understood_is_named_and_is_no_tombstone(graph):
    broken = single("s", start="1601-01-01T00:00:00")
    graph.canned = {START: [page(tombstone("s"), broken, delta_link=END)]}
    read = full(graph)
    assert read.unreadable == {"s": "its start lies in the year 1601"}
    assert (read.singles, read.tombstones) == ({}, frozenset())


@pytest.mark.parametrize("readable", [True, False])
def test_an_occurrence_that_cannot_be_understood_has_its_series_read_and_is_no_event_to_skip(graph, readable):
    garbled = occurrence("o", "m", "2026-03-02") | {"start": {"dateTime": "soon", "timeZone": "UTC"}}
    entries = [occurrence("p", "m", "2026-03-03"), garbled] if readable else [garbled]
    graph.canned = {START: [page(*entries, delta_link=END)]}
    read = full(graph)
    assert ({one: [stub.id for stub in found] for one, found in read.stubs.items()}, read.unreadable) == (
        {"m": ["p"] if readable else []},
        {},
    )


def test_an_occurrence_of_no_series_is_named(graph):
    graph.canned = {START: [page(occurrence("o", "", "2026-03-02"), delta_link=END)]}
    assert full(graph).unreadable == {"o": "it has no seriesMasterId"}


def test_empty_pages_do_not_end_a_round(graph):
    graph.canned = {START: [page(next_link=link("0"))]}
    for number in range(18):
        graph.canned[path(str(number))] = [page(next_link=link(str(number + 1)))]
    graph.canned[path("18")] = [page(single("s"), delta_link=END)]
    assert set(full(graph).singles) == {"s"}


def endless(answer):
    """Pages that go on for ever unless large pages are asked for."""
    count = iter(range(10_000))
    return lambda request: (
        page(delta_link=END) if "maxpagesize=1000" in request.headers["prefer"] else answer(next(count))
    )


@pytest.mark.parametrize(
    "answer",
    [
        lambda number: page(single("s"), next_link=link(str(number))),
        lambda number: page(next_link=link(str(number))),
        lambda number: page(single(f"s{number}"), next_link=link(str(number % 3))),
    ],
    ids=["same page, new links", "empty for ever", "links in a circle"],
)
def test_an_endless_chain_is_left_and_tried_with_large_pages(graph, answer):
    graph.canned = {DELTA: endless(answer)}
    staged = Staged()
    assert full(graph, staged=staged).cursor == END
    assert len(graph.log) <= 22
    assert graph.urls[-1] == START
    assert staged.pages == []


def test_an_endless_chain_with_large_pages_too_comes_back_later(graph):
    count = iter(range(10_000))
    graph.canned = {DELTA: lambda _request: page(single("s"), next_link=link(str(next(count))))}
    with pytest.raises(RetryableError) as caught:
        full(graph)
    assert caught.value.code == "endless-pages"
    assert len(graph.log) == 6


DEAD = [
    graph_error(410, "SyncStateNotFound", "The sync state generation is not found"),
    Answer(410, {"location": link("", "delta")}, b""),
    graph_error(400, "syncStateNotFound"),
    graph_error(404, "RESYNCREQUIRED"),
    graph_error(400, "BadRequest", "Badly formed token."),
    graph_error(400, "fullSyncRequired"),
]


@pytest.mark.parametrize("dead", DEAD)
def test_a_dead_cursor_asks_for_a_full_round(graph, dead):
    graph.canned = {path("old", "delta"): [dead]}
    with pytest.raises(CursorLostError):
        full(graph, cursor=link("old", "delta"))


def test_a_cursor_that_dies_in_the_middle_asks_for_a_full_round(graph):
    graph.canned = {path("old", "delta"): [page(next_link=link("1"))], path("1"): [DEAD[0]]}
    with pytest.raises(CursorLostError):
        full(graph, cursor=link("old", "delta"))


def test_a_full_round_that_loses_its_place_starts_over_once(graph):
    again = [page(single("stale"), next_link=link("1")), page(single("s"), next_link=link("2"))]
    graph.canned = {START: again, path("1"): [DEAD[0]], path("2"): [page(delta_link=END)]}
    assert set(full(graph).singles) == {"s"}


def test_a_full_round_that_always_loses_its_place_comes_back_later(graph):
    graph.canned = {START: [page(single("s"), next_link=link("1"))], path("1"): [DEAD[0]]}
    with pytest.raises(RetryableError) as caught:
        full(graph)
    assert caught.value.code == "cursor-lost"
    assert len(graph.log) == 4


@pytest.mark.parametrize(
    "odd",
    [
        page(),
        page(next_link=link("1"), delta_link=END),
        json_answer({"@odata.deltaLink": END}),
        json_answer({"value": None, "@odata.deltaLink": END}),
        json_answer({"value": ["text"], "@odata.deltaLink": END}),
        json_answer([]),
        page({"type": "singleInstance"}, delta_link=END),
        page({"id": 7}, delta_link=END),
    ],
    ids=["no link", "both links", "no entries", "null", "no objects", "a list", "no id", "a number for an id"],
)
def test_a_page_that_makes_no_sense_is_never_an_empty_calendar(graph, odd):
    graph.canned = {START: [odd]}
    with pytest.raises(RetryableError) as caught:
        full(graph)
    assert caught.value.code == "odd-answer"


def test_a_link_to_another_host_is_not_followed(graph):
    graph.canned = {START: [page(next_link="http://elsewhere.example/v1.0/me")]}
    with pytest.raises(SafetyStopError):
        full(graph)


@pytest.mark.parametrize(
    "foreign", ["https://elsewhere.example/x", "//elsewhere.example/x", "/me/calendar", "nonsense"]
)
@pytest.mark.parametrize("cursor", ["", link("old", "delta")])
def test_a_delta_link_to_another_host_is_refused_before_it_can_be_kept(graph, foreign, cursor):
    graph.canned = {DELTA: [page(delta_link=foreign)]}
    with pytest.raises(SafetyStopError):
        full(graph, cursor=cursor)
    assert len(graph.log) == 1


@pytest.mark.parametrize(
    "answer",
    [
        graph_error(400, "ErrorInvalidSyncStateData"),
        graph_error(404, "ErrorSyncFolderNotFound"),
        graph_error(410, "Gone"),
        NOT_FOUND,
    ],
)
def test_a_cursor_that_is_not_accepted_asks_for_a_full_round_whatever_the_words(graph, answer):
    graph.canned = {path("old", "delta"): [answer]}
    with pytest.raises(CursorLostError):
        full(graph, cursor=link("old", "delta"))


@pytest.mark.parametrize("answer", [NOT_FOUND, Answer(400, {}, b'{"error": {"co')])
def test_so_does_a_later_page_though_the_words_may_be_cut_off(graph, answer):
    graph.canned = {path("old", "delta"): [page(next_link=link("1"))], path("1"): [answer]}
    with pytest.raises(CursorLostError):
        full(graph, cursor=link("old", "delta"))


def test_a_full_round_whose_later_page_is_refused_starts_over_once(graph):
    graph.canned = {DELTA: [page(next_link=link("1")), page(delta_link=END)], path("1"): [graph_error(400, "Other")]}
    assert full(graph).cursor == END


def test_a_calendar_that_is_gone_between_two_pages_of_a_full_round_is_not_found(graph):
    graph.canned = {DELTA: [page(next_link=link("1")), NOT_FOUND], path("1"): [NOT_FOUND]}
    with pytest.raises(UserFixableError):
        full(graph)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (graph_error(403, "ErrorAccessDenied"), "microsoft-forbidden"),
        (graph_error(404, "MailboxNotEnabledForRESTAPI"), "mailbox-not-enabled"),
        (NOT_FOUND, "calendar-not-found"),
        (graph_error(404, "ErrorFolderNotFound"), "calendar-not-found"),
        (graph_error(400, "ErrorInvalidIdMalformed"), "calendar-not-found"),
        (graph_error(400, "ErrorInvalidId"), "calendar-not-found"),
        (graph_error(404, "ErrorInvalidMailboxItemId"), "calendar-not-found"),
        (graph_error(400, "ErrorInvalidMailboxItemId"), "calendar-not-found"),
    ],
)
def test_refusals_that_a_person_can_fix_say_so(graph, answer, code):
    graph.canned = {START: [answer]}
    with pytest.raises(UserFixableError) as caught:
        full(graph)
    assert caught.value.code == code


def test_any_other_refusal_is_a_bug_and_carries_what_support_asks_for(graph):
    graph.canned = {START: [graph_error(400, "ErrorInvalidRequest", "secret")]}
    with pytest.raises(CalmirrorError) as caught:
        full(graph)
    assert caught.value.code == "microsoft-refused"
    assert "ErrorInvalidRequest" in caught.value.what
    assert "r-1" in caught.value.what
    assert "secret" not in caught.value.what


@pytest.mark.parametrize("body", [b'{"error": {"code": "ErrorInval', b"<h1>Bad Request</h1>", b""])
def test_a_refusal_that_is_cut_off_or_not_graphs_is_no_bug_and_tried_again_later(graph, body):
    graph.canned = {START: [Answer(400, {}, body)]}
    with pytest.raises(RetryableError) as caught:
        full(graph)
    assert caught.value.code == "odd-answer"


def test_an_interrupted_full_round_goes_on_from_its_staged_pages(graph):
    staged = Staged()
    graph.canned = {START: [page(single("a"), next_link=link("1"))], path("1"): [graph_error(403, "ErrorAccessDenied")]}
    with pytest.raises(UserFixableError):
        full(graph, staged=staged)
    graph.canned = {path("1"): [page(single("b"), delta_link=END)]}
    read = full(graph, staged=staged)
    assert (read.full, set(read.singles)) == (True, {"a", "b"})


@pytest.mark.parametrize("answer", [DEAD[0], graph_error(400, "ErrorInvalidRequest"), NOT_FOUND])
def test_a_staged_link_that_is_refused_starts_the_round_over(graph, answer):
    staged = Staged(link("1"), [page(single("stale"), next_link=link("1")).body])
    graph.canned = {path("1"): [answer], START: [page(single("s"), delta_link=END)]}
    assert set(full(graph, staged=staged).singles) == {"s"}
    assert staged.drops == 1


def test_a_dead_staged_link_does_not_use_up_the_one_new_start(graph):
    staged = Staged(link("1"), [page(single("stale"), next_link=link("1")).body])
    first = [page(single("s"), next_link=link("2")), page(single("s"), delta_link=END)]
    graph.canned = {path("1"): [DEAD[0]], START: first, path("2"): [DEAD[0]]}
    assert full(graph, staged=staged).cursor == END


def test_staged_pages_that_cannot_be_read_start_the_round_over(graph):
    staged = Staged(link("1"), [b"\x00"])
    graph.canned = {START: [page(single("s"), delta_link=END)]}
    assert set(full(graph, staged=staged).singles) == {"s"}


def test_an_incremental_round_stages_nothing(graph):
    staged = Staged(link("1"), [page(single("stale"), next_link=link("1")).body])
    graph.canned = {path("old", "delta"): [page(delta_link=END)]}
    assert full(graph, cursor=link("old", "delta"), staged=staged).singles == {}
    assert staged.drops == 0


@pytest.mark.parametrize("other", ["https://graph.sandbox", "http://graph.example.org", "http://graph.sandbox:8080"])
def test_a_cursor_of_another_address_of_the_service_asks_for_a_full_round_and_is_not_sent(graph, other):
    """What `graph_url` was when the cursor was kept."""
    with pytest.raises(CursorLostError):
        full(graph, cursor=link("old", "delta").replace("http://graph.sandbox", other))
    assert graph.log == []
