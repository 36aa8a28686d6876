"""Rounds of changes: links followed word for word, the last word about an id, circles, dead cursors, staging."""

import pytest
from canned_graph import (
    BASE,
    CALENDAR,
    DELTA,
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


@pytest.mark.parametrize(
    ("entries", "singles", "gone"),
    [
        ([single("s"), tombstone("s")], set(), {"s"}),
        ([tombstone("s"), single("s")], {"s"}, set()),
        ([tombstone("never-seen")], set(), {"never-seen"}),
    ],
)
def test_the_last_word_about_an_id_counts(graph, entries, singles, gone):
    graph.canned = {START: [page(*entries[:1], next_link=link("1"))], path("1"): [page(*entries[1:], delta_link=END)]}
    read = full(graph)
    assert (set(read.singles), read.tombstones) == (singles, gone)


def test_a_single_event_that_became_a_series_is_only_a_series(graph):
    graph.canned = {START: [page(single("s"), master("s"), delta_link=END)]}
    read = full(graph)
    assert (set(read.singles), set(read.masters)) == (set(), {"s"})


def test_ids_that_differ_in_case_or_in_one_sign_are_different_events(graph):
    graph.canned = {START: [page(single("a-B"), single("a-b"), single("a_b"), delta_link=END)]}
    assert set(full(graph).singles) == {"a-B", "a-b", "a_b"}


def test_an_entry_that_cannot_be_understood_is_named_and_is_no_tombstone(graph):
    broken = single("s", start="1601-01-01T00:00:00")
    graph.canned = {START: [page(single("s"), tombstone("s"), broken, delta_link=END)]}
    read = full(graph)
    assert read.unreadable == {"s": "its start lies in the year 1601"}
    assert (read.singles, read.tombstones) == ({}, frozenset())


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
