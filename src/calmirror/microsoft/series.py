"""Series read whole: the master with its exceptions and holes, or what `/instances` tells where a cloud cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calmirror.errors import CalmirrorError, UserFixableError
from calmirror.microsoft.addresses import USUAL_PAGE, calendar_path, event_path, in_window, with_query
from calmirror.microsoft.batch import MOST_MEMBERS, Member, chunks, read_batch
from calmirror.microsoft.members import Members
from calmirror.microsoft.moments import OddValueError
from calmirror.microsoft.parse import FIELDS, UnreadableEventError, cancelled_dates, entry, event, listed
from calmirror.microsoft.reads import odd_answer, read_list
from calmirror.microsoft.refusal import is_no_id, is_no_item
from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, Reading, Series, SourceEvent, Stub

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from calmirror.http.client import Client
    from calmirror.model.times import Window

NESTED = "exceptionOccurrences"


def read_events(client: Client, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, SourceEvent | Reading]:
    """Reads single events, masters or exceptions by id; raises as `read_batch`."""
    members = read_batch(client, calendar_path(calendar_id), {one: event_path(calendar_id, one) for one in ids})
    return {one: event_or_reading(members[one], one) for one in ids}


def read_instances(
    client: Client, calendar_id: str, series_id: SourceId, window: Window
) -> tuple[tuple[Stub, ...], tuple[SourceEvent, ...]]:
    """Every occurrence and exception that overlaps the window, and the exceptions also whole.

    Raises:
        UnreadableEventError: one of them cannot be understood.
    """
    entries = [entry(raw) for raw in list_instances(client, calendar_id, series_id, window)]
    exceptions = {one.id: one for one in entries if isinstance(one, SourceEvent) and one.kind is Kind.EXCEPTION}
    stubs = {one.id: one for one in entries if isinstance(one, Stub)}
    stubs |= {one.id: listed(one) for one in exceptions.values()}
    return tuple(stubs.values()), tuple(exceptions.values())


def list_instances(
    client: Client, calendar_id: str, series_id: SourceId, window: Window
) -> Iterator[Mapping[str, Any]]:
    """The entries of `/instances`, as they came; raises RetryableError when the series is not there any more."""
    path, begun = f"{event_path(calendar_id, series_id)}/instances", False
    try:
        for raw in read_list(client, in_window(path, window, top=USUAL_PAGE, select=FIELDS)):
            begun = True
            yield raw
    except UserFixableError as error:
        raise vanished(error) from error
    except CalmirrorError as error:
        # A cloud whose schema lacks a member may refuse its name; without names some members do not come.
        if begun or error.code != "microsoft-refused":
            raise
        yield from read_list(client, in_window(path, window, top=USUAL_PAGE))


def vanished(error: UserFixableError) -> CalmirrorError:
    """The error of `/instances`: "not found" there is about the event, which was read a moment ago."""
    return odd_answer("a series that is there and is not") if error.code == "calendar-not-found" else error


class SeriesReader:
    """Reads series; remembers whether this cloud can list holes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lists_holes = True

    def read(
        self,
        calendar_id: str,
        ids: Collection[SourceId],
        window: Window,
        stubs: Mapping[SourceId, tuple[Stub, ...]],
    ) -> dict[SourceId, Series | Reading]:
        """Each series whole, or what reading it said instead."""
        read: dict[SourceId, Series | Reading] = {}
        # Answers are several times as large as what is made of them: no more than one batch of them at a time.
        for some in chunks(ids, MOST_MEMBERS - 1):
            read |= self._read([SourceId(one) for one in some], calendar_id, window, stubs)
        return read

    def _read(
        self,
        ids: Collection[SourceId],
        calendar_id: str,
        window: Window,
        stubs: Mapping[SourceId, tuple[Stub, ...]],
    ) -> dict[SourceId, Series | Reading]:
        if not self._lists_holes:
            return self._read_by_instances(calendar_id, ids, window)
        paths: dict[str, str] = {one: master_path(calendar_id, one) for one in ids}
        members = read_batch(self._client, calendar_path(calendar_id), paths)
        silent = {one for one in ids if says_no_holes(members[one])}
        read = {one: self._series(one, members[one], window, stubs.get(one, ())) for one in ids if one not in silent}
        by_instances = self._read_by_instances(calendar_id, silent, window)
        if any(isinstance(series, Series) for series in by_instances.values()):
            self._lists_holes = False
        return read | by_instances

    def _series(self, one: SourceId, member: Member, window: Window, stubs: tuple[Stub, ...]) -> Series | Reading:
        master = event_or_reading(member, one)
        if not isinstance(master, SourceEvent):
            return master
        if master.kind is not Kind.MASTER:
            return Reading.UNKNOWN
        raw = Members(member.body)
        nested = [*raw.objects(NESTED)]
        if more := raw.text(f"{NESTED}@odata.nextLink"):
            nested += read_list(self._client, more)
        try:
            exceptions = tuple(event(one, series_id=master.id) for one in nested)
        except UnreadableEventError:
            return Reading.UNKNOWN
        cancelled = cancelled_dates(raw.texts("cancelledOccurrences"))
        return Series(master=master, exceptions=exceptions, cancelled=cancelled, listed=stubs, listed_window=window)

    def _read_by_instances(
        self, calendar_id: str, ids: Collection[SourceId], window: Window
    ) -> dict[SourceId, Series | Reading]:
        masters = read_events(self._client, calendar_id, ids) if ids else {}
        return {one: self._series_by_instances(calendar_id, masters[one], window) for one in masters}

    def _series_by_instances(self, calendar_id: str, master: SourceEvent | Reading, window: Window) -> Series | Reading:
        if not isinstance(master, SourceEvent):
            return master
        if master.kind is not Kind.MASTER:
            return Reading.UNKNOWN
        try:
            stubs, exceptions = read_instances(self._client, calendar_id, master.id, window)
        except UnreadableEventError:
            return Reading.UNKNOWN
        return Series(master=master, exceptions=exceptions, listed=stubs, listed_window=window, listed_complete=True)


def event_or_reading(member: Member, one: SourceId) -> SourceEvent | Reading:
    """What one member of a batch says about the id that it asked for; another event says nothing about it."""
    if member.answer.status == 200:
        try:
            read = event(member.body)
        except UnreadableEventError:
            return Reading.UNKNOWN
        return read if read.id == one else Reading.UNKNOWN
    if not member.calendar_answered:
        return Reading.UNKNOWN
    # Gone: not in the store, while its calendar, asked in the same batch, answered.
    if is_no_item(member.answer):
        return Reading.GONE
    return Reading.NO_ID if is_no_id(member.answer) else Reading.UNKNOWN


def master_path(calendar_id: str, series_id: SourceId) -> str:
    """A master with everything: both lists come only when they are asked for by name."""
    select = f"{FIELDS},cancelledOccurrences,{NESTED}"
    return with_query(event_path(calendar_id, series_id), select=select, expand=NESTED)


def says_no_holes(member: Member) -> bool:
    """Whether an answer about a master leaves open which occurrences were deleted."""
    if member.answer.status == 400:
        return True
    raw = Members(member.body)
    if raw.text("type").lower() != Kind.MASTER.value.lower():
        return False
    try:
        cancelled_dates(raw.texts("cancelledOccurrences"))
    except OddValueError:
        return True
    return not raw.has("cancelledOccurrences")
