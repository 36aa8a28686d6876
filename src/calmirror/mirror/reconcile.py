"""A round says what changed, as a hint; this finds out what is so: series read whole, tombstones confirmed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from calmirror.microsoft.parse import UnreadableEventError
from calmirror.mirror.context import Mirror
from calmirror.mirror.extent import shows_within
from calmirror.mirror.memory import Memory
from calmirror.mirror.recognition import since_of
from calmirror.mirror.renamed import uid_key, uids_of
from calmirror.mirror.rounds import without
from calmirror.model.ids import SourceId
from calmirror.model.mirror import FOUND, RENEW, Desired, Link
from calmirror.model.packed import packed
from calmirror.model.policy import Profile
from calmirror.model.source import Kind, Outline, Reading, Round, Series, SourceEvent, outline_of
from calmirror.model.times import Window, as_instant
from calmirror.plan import identity
from calmirror.translate.decide import decide
from calmirror.translate.event import desired_single
from calmirror.translate.form import names_zone
from calmirror.translate.series import desired_series
from calmirror.translate.zones import iana

DELETED = "deleted in Outlook"
ABSENT = "no longer in the published calendar"
FEW_LISTED = 30
LONGEST_LIST = timedelta(days=1800)
"""Graph lists no more than 1825 days at once."""
BEHIND = (
    "it is behind the last event that the published calendar lists, so it was deleted or the published period was "
    "shortened; it stays until a later event is listed"
)
MOVED = "moved to another calendar in Outlook"
RENUMBERED = "mirrored under an id that Outlook does not know; it lists the event under another one"
UNCLAIMED = "not written by calmirror, as far as it knows, and of no event in Outlook"
UNREAD = "could not be read; what is mirrored of it stays as it is"


@dataclass(kw_only=True)
class Findings:
    """What is so: what Google should hold, what is gone and by which proof, and what could not be decided."""

    desired: dict[SourceId, Desired] = field(default_factory=dict)
    gone: dict[SourceId, str] = field(default_factory=dict)
    skipped: dict[SourceId, str] = field(default_factory=dict)
    """Events that cannot be mirrored, with the reason; they are read again in every round."""
    outlines: dict[SourceId, Outline] = field(default_factory=dict)
    """What can be told of those that were read whole."""
    unclaimed: dict[SourceId, str] = field(default_factory=dict)
    """Events in Google that no run wrote, as far as the state knows, and that are of nothing in Outlook."""
    memory: Memory
    """What was learned, to be kept."""
    held: frozenset[SourceId] = frozenset()
    """What nothing is to be found out of: it stays as it is."""

    def about_others(self, held: frozenset[SourceId]) -> Findings:
        """The findings about all events but these."""
        return Findings(
            desired=without(self.desired, held),
            gone=without(self.gone, held),
            skipped=without(self.skipped, held),
            outlines=self.outlines,
            unclaimed=without(self.unclaimed, held),
            memory=self.memory,
            held=held,
        )


class Reconciler:
    """Turns one round into findings. `links` are all that we own of the source events that the round may concern.

    The round is used up: what it said of its events, of which there may be a hundred thousand, goes as they are
    translated.
    """

    def __init__(self, mirror: Mirror, said: Round, window: Window, links: Iterable[Link]) -> None:
        self._mirror, self._calendar_id, self._said, self._window = mirror, said.calendar_id, said, window
        self._owned: dict[SourceId, list[Link]] = defaultdict(list)
        self._series_of: dict[SourceId, SourceId] = {}
        for link in links:
            self._owned[link.source_id].append(link)
            self._series_of.update(dict.fromkeys(link.children, link.source_id))
        self._memory = Memory(mirror)
        self._found = Findings(skipped=dict(said.unreadable), memory=self._memory)
        self._deleted = ABSENT if mirror.settings.feed else DELETED
        self._hints = zones_seen([*said.masters.values(), *said.singles.values()])

    def findings(self, unsettled: Collection[SourceId]) -> Findings:
        """Everything the round means, the events of interrupted runs included."""
        said = self._said
        singles = said.singles
        touched = {*said.masters, *said.stubs, *(e.series_id for e in said.exceptions.values() if e.series_id)}
        touched |= {self._series_of[one] for one in said.tombstones if one in self._series_of}
        doubted = self._doubted(touched)
        again = set(unsettled) - set(singles) - touched - doubted
        for one, event in self._read(doubted | again).items():
            if event.kind is Kind.SINGLE:
                singles[one] = event
            elif event.kind is Kind.MASTER:
                touched.add(one)
        files = self._files(singles.values())
        for one in list(singles):
            event = with_files(singles.pop(one), files)
            self._want(event, partial(desired_single, event, self._mirror.settings.policy))
        touched -= self._found.gone.keys() | self._found.skipped.keys()
        self._read_series(touched - self._known_series(touched - set(unsettled)))
        self._judge_found()
        for told in (said.masters, said.exceptions, said.stubs):
            told.clear()
        return self._found

    def _judge_found(self) -> None:
        """Of what no run wrote and nothing in Outlook is behind, as a whole list shows, no alarm is made: it goes.

        Whoever may write into the calendar can make any number of such events, of any id.
        """
        found, said = self._found, self._said
        for one, links in self._owned.items():
            if any(link.fingerprint != FOUND for link in links):
                continue
            undecided = found.skipped.get(one) in (UNREAD, BEHIND) and one not in said.unreadable
            if one in found.gone or (undecided and said.full and not all(link.is_past(self._window) for link in links)):
                found.unclaimed[one] = UNCLAIMED
            if undecided:
                del found.skipped[one]
            found.gone.pop(one, None)

    def _doubted(self, touched: set[SourceId]) -> set[SourceId]:
        """What may be gone: tombstones of what we own, and in a full round all that should be listed and is not.

        So is a series with a tombstone of which a round has occurrences alone: they may be what it was before.
        """
        said = self._said
        seen = {*said.singles, *said.masters}
        missing = set(self._owned) - seen - touched if said.full else (said.tombstones & self._owned.keys()) - seen
        doubted = {one for one in missing if self._must_be_listed(self._owned[one])}
        if (doubtful := said.doubtful) and said.full:
            behind = (one for one in missing - doubted if self._is_behind(self._owned[one], doubtful))
            self._found.skipped |= dict.fromkeys(behind, BEHIND)
        return doubted | (said.tombstones & touched) - seen

    def _is_outside(self, links: Collection[Link]) -> bool:
        """Whether nothing of an event lies in what a round covers: its absence means nothing, so it stays."""
        covers = self._said.covers
        return covers is not None and bool(links) and not any(shows_within(link, covers) for link in links)

    def _is_behind(self, links: Iterable[Link], doubtful: Window) -> bool:
        return any(shows_within(link, doubtful) and shows_within(link, self._window) for link in links)

    def _must_be_listed(self, links: Iterable[Link]) -> bool:
        """Whether its absence means anything.

        What ended before the window has aged out: no round lists it, and Outlook may archive it at any time. What
        lies outside of what a round covers is not missing.
        """
        covers = self._said.covers
        return any(not link.is_past(self._window) and (not covers or shows_within(link, covers)) for link in links)

    def _read(self, ids: set[SourceId]) -> dict[SourceId, SourceEvent]:
        """The events that are still there and in this calendar; the others are judged."""
        if not ids:
            return {}
        self._mirror.progress("Reading single events again", 0, len(ids))
        there = self._readable(ids)
        unlisted = {one for one, event in there.items() if not self._mirror.source.is_listed(self._calendar_id, event)}
        if unlisted:
            # They were looked for where they were when they were read: what is elsewhere by now may well be listed.
            again = self._readable(unlisted)
            moved = {one for one, event in again.items() if event == there[one]}
            self._found.gone |= dict.fromkeys(moved, MOVED)
            there = without(there, unlisted) | without(again, moved)
        return there

    def _readable(self, ids: set[SourceId]) -> dict[SourceId, SourceEvent]:
        """The events that can be read; the others are judged."""
        there: dict[SourceId, SourceEvent] = {}
        for one, reading in self._mirror.source.read(self._calendar_id, ids).items():
            if reading is Reading.GONE and self._is_outside(self._owned.get(one, [])):
                if (doubtful := self._said.doubtful) and self._is_behind(self._owned[one], doubtful):
                    self._found.skipped[one] = BEHIND
            elif reading is Reading.GONE:
                self._found.gone[one] = self._deleted
            elif isinstance(reading, Reading):
                self._leave(one, reading)
            else:
                there[one] = reading
        return there

    def _leave(self, one: SourceId, reading: Reading) -> None:
        """Has an event stay open that could not be read, unless a whole list shows that there is none.

        What is over stays for good where its id leads nowhere: no list will ever tell more of it.
        """
        said, owned = self._said, self._owned.get(one, [])
        if reading is Reading.NO_ID and owned and all(link.is_past(self._window) for link in owned):
            return
        whole = said.full and not said.covers and not said.unreadable
        if whole and not owned:
            return
        if whole and reading is Reading.NO_ID and self._has_another_id(one):
            self._found.gone[one] = RENUMBERED
        else:
            self._found.skipped[one] = UNREAD

    def _has_another_id(self, one: SourceId) -> bool:
        """Whether the round lists what is mirrored under this id: its UID, under an id of its own."""
        listed = {uid_key(event.ical_uid) for event in (*self._said.singles.values(), *self._said.masters.values())}
        return not listed.isdisjoint(uids_of(self._owned[one]))

    def _known_series(self, ids: set[SourceId]) -> set[SourceId]:
        """The series that a full round shows to be as they were when they were read, which are not read again."""
        known = [one for one in self._memory.series(self._said, ids) if self._stands(one)] if self._said.full else []
        same = set()
        for series in self._all_with_files(known):
            with suppress(ValueError, OverflowError):
                desired = self._translated(series, since_of(self._owned[series.master.id], self._window.start))
                if desired and not desired.left_out and (desired.hidden or self._is_written(series)):
                    self._found.desired[series.master.id] = packed(desired)
                    same.add(series.master.id)
        return same

    def _stands(self, series: Series) -> bool:
        """Whether Google holds what we made of the series: what is to be written needs the series whole."""
        return all(link.fingerprint not in ("", RENEW) for link in self._owned.get(series.master.id, ()))

    def _is_written(self, series: Series) -> bool:
        """Whether there is more than instances: what is left of a series that is gone says nothing of its form."""
        return any(not identity.instance_of(link.part) for link in self._owned[series.master.id])

    def _read_series(self, ids: set[SourceId]) -> None:
        if not ids:
            return
        self._mirror.progress("Reading series", 0, len(ids))
        window = self._said.window
        read = self._mirror.source.read_series(self._calendar_id, ids, window, self._said.stubs)
        for one, reading in read.items():
            if reading is Reading.GONE:
                self._found.gone[one] = self._deleted
            elif isinstance(reading, Reading):
                self._found.skipped[one] = UNREAD
                if one in self._said.masters:
                    self._found.outlines[one] = outline_of(self._said.masters[one])
        whole = self._all_with_files([series for series in read.values() if isinstance(series, Series)])
        for number, series in enumerate(whole, 1):
            self._mirror.progress("Reading series", number, len(ids))
            self._want(series.master, partial(self._desired, series))
            # One with an occurrence that is left out has to be judged by what that says.
            if (wanted := self._found.desired.get(series.master.id)) and not wanted.left_out:
                self._memory.learn_series(series)

    def _all_with_files(self, found: Collection[Series]) -> Iterator[Series]:
        """The series, the names of attachments in their events."""
        files = self._files(e for one in found for e in (one.master, *one.exceptions) if e.id not in one.unread)
        for one in found:
            exceptions = tuple(with_files(exception, files) for exception in one.exceptions)
            yield replace(one, master=with_files(one.master, files), exceptions=exceptions)

    def _files(self, events: Iterable[SourceEvent]) -> dict[SourceId, tuple[str, ...]]:
        """The names of the attachments of events, which are asked for where they will be shown."""
        carrying = {event.id: event for event in events if event.has_attachments and self._shows_all_of(event)}
        if not carrying:
            return {}
        names = self._memory.file_names(carrying.values())
        if unknown := carrying.keys() - names.keys():
            names |= self._mirror.source.attachment_names(self._calendar_id, unknown)
        for one in unknown:
            self._memory.learn_file_names(carrying[one], names.get(one, ()))
        return names

    def _shows_all_of(self, event: SourceEvent) -> bool:
        decision = decide(event, self._mirror.settings.policy)
        return not decision.skip and decision.profile is Profile.FULL

    def _desired(self, series: Series) -> Desired:
        owned = self._owned.get(series.master.id, [])
        since = since_of(owned, self._window.start)
        earlier = self._history_from(series, since)
        if earlier is not None:
            series = self._listed_whole(series, earlier)
        desired = self._translated(series, since) or self._translated(self._listed_whole(series, since), since)
        assert desired is not None, "a whole list always leads to a form"
        return desired

    def _translated(self, series: Series, since: datetime) -> Desired | None:
        """What the series should be in Google; None when the list at hand is too short to prove it."""
        owned = self._owned.get(series.master.id, [])
        return desired_series(
            series,
            window=self._window,
            since=since,
            policy=self._mirror.settings.policy,
            hints=[*_zones_written(owned), *self._hints],
            written=_rule_written(owned),
            overridden=_overridden(owned, since),
        )

    def _history_from(self, series: Series, since: datetime) -> datetime | None:
        """From when on the list at hand is too short to judge by; None when it will do.

        A cloud that lists no holes must be asked for those from before the window again, or they would close. And
        a handful of occurrences fits many zones: one that Microsoft does not name is told by years of them.
        """
        starts = as_instant(series.master.span.start)
        # Of a round whose occurrences are in an unnamed zone, too, none can be understood.
        few = not series.listed or (len(series.listed) < FEW_LISTED and starts < self._window.start)
        if few and not names_zone(series):
            return starts
        return since if series.cancelled is None and since < self._window.start else None

    def _listed_whole(self, series: Series, since: datetime) -> Series:
        """The series with Microsoft's whole list of it, from the given day on when that is earlier."""
        first = max(min(since, self._window.start), self._window.end - LONGEST_LIST)
        window = Window(first, self._window.end).padded(1)
        stubs, exceptions = self._mirror.source.instances(self._calendar_id, series.master.id, window)
        known = {exception.id: exception for exception in (*exceptions, *series.exceptions)}
        return replace(
            series, listed=stubs, listed_window=window, listed_complete=True, exceptions=tuple(known.values())
        )

    def _want(self, event: SourceEvent, translate: Callable[[], Desired]) -> None:
        try:
            self._found.desired[event.id] = packed(translate())
        except (UnreadableEventError, ValueError, OverflowError) as error:
            reason = error.what if isinstance(error, UnreadableEventError) else "its times cannot be written in Google"
            self._found.skipped[event.id] = reason
            self._found.outlines[event.id] = outline_of(event)


def with_files(event: SourceEvent, names: Mapping[SourceId, tuple[str, ...]]) -> SourceEvent:
    """The event with the names of its attachments, where they are known."""
    return replace(event, attachments=names[event.id]) if event.id in names else event


def zones_seen(events: Iterable[SourceEvent]) -> list[str]:
    """The IANA zones of events, the most frequent first."""
    names = Counter(filter(None, (iana(event.start_zone) for event in events)))
    return [name for name, _ in names.most_common()]


def _rule_written(links: Iterable[Link]) -> tuple[str, ...]:
    """The schedule, the rule and the EXDATE lines that a series already has in Google."""
    whole = next((link for link in links if not link.part), None)
    lines = (whole.sent or {}).get("recurrence") or [] if whole else []
    return (identity.schedule_of(whole), *lines) if whole and lines else ("", "")


def _overridden(links: Iterable[Link], since: datetime) -> frozenset[str]:
    """The instances that were changed in Google and are not over when what is looked at begins."""
    overrides = (link for link in links if link.part.startswith("override:"))
    return frozenset(identity.instance_of(one.part) for one in overrides if one.ends > since.isoformat())


def _zones_written(links: Iterable[Link]) -> list[str]:
    """The zone that a series already has in Google, so that a guess is made once."""
    starts = ((link.sent or {}).get("start") or {} for link in links if not link.part)
    return [start["timeZone"] for start in starts if start.get("timeZone")]
