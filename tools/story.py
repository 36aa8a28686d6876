"""One world with a history: who is where, what is expected of the mirror, and the processes that keep it."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from past import Past
from processes import TO_THE_END, Process
from promises import calls, hold, piece
from test_undo import undone
from world import DEAD, WHOLE_CALENDAR, Death, GoogleSwitches, GraphSwitches, KilledError, World, is_ours, marks

from calmirror.errors import SafetyStopError, SkippedEventError, UserFixableError
from calmirror.mirror.context import LEASE, Mirror
from calmirror.mirror.names import follow_renames
from calmirror.mirror.repair import Repair
from calmirror.model.mirror import LANDED_EARLIER, Verb
from calmirror.moving.purge import purge
from calmirror.sandbox.service import Exchange
from calmirror.store import Store
from calmirror.store.sqlite import SqliteDatabase, open_memory

EDGE = timedelta(2)
FAST = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made there; commits need not reach a disk
DAY = 86_400
LONGEST_AWAY = 7
"""Days without a run that make what may be deleted more."""
ANOTHER = ("another-source", "another-mirror")
"""What a run ends with where most of what is mirrored is not in Outlook, and state or mailbox are other ones."""
KILLED = -1
"""Instead of an exit code: the process died."""


class Story(World):
    """A world that remembers what its people did, in so far as it changes what may be expected."""

    def __init__(self, graph: GraphSwitches, google: GoogleSwitches, future_days: int = 60) -> None:
        super().__init__(graph=graph, google=google, scope=WHOLE_CALENDAR, future_days=future_days)
        self._folder = TemporaryDirectory(dir=FAST if FAST.is_dir() else None)
        self._calendars = Path(self._folder.name) / "calendars.json"
        self.other = self.mailbox.add_calendar("Other")
        self.touches: dict[str, dict[str, Any]] = {}
        """A person's colour and reminder, by the id of a copied single event."""
        self.chosen: set[str] = set()
        """The source events of which a person chose a colour for a single occurrence."""
        self.owes_repair = False
        """A person wrote into copies: only `repair` looks for that."""
        self._meddled: set[str] = set()
        """The source events of these copies: of two that are there for a while, perhaps the newer one is gone."""
        self._called_off: dict[str, str] = {}
        """The last day of an occurrence that a person deleted from a copied series."""
        self.owes_full = False
        """A run that had lost the mirror sent the one request that was on its way: a full round looks for that."""
        self._deleted: list[tuple[float, set[str]]] = []
        """When which events went: they were gone in Outlook. What an undo puts back can go twice, and counts once."""
        self._read_at = 0.0
        """When Outlook was last read to its end, as exit codes tell it."""
        self._kept: tuple[SqliteDatabase, Path, int, str] | None = None
        self._undone_since = False
        """An undo wrote since that copy of the state was made. Outlook says nothing of what it took away."""
        self.process: Process | None = None
        """A run on another machine, which stands still most of the time."""
        self._away: set[str] = set()
        """What was not to be seen in Outlook at some moment since then: that run may have found it gone."""
        self._first_ids: dict[str, str] = {}
        """By a later id of a source event, its first one."""
        self._let_go: set[str] = set()
        """What an undo took out of Google of a mailbox that was moved and not read since: its UID is known nowhere."""
        self._installs = self._install = 0
        self._after_move: tuple[str, ...] = ()
        """What a look may end with until a run has found the calendar of a mailbox that was moved."""
        self._names: dict[str, str] = {}
        self._recent: deque[str] = deque(maxlen=3)
        """The source events that were spoken of last."""
        self.past = Past(self)
        self.told: list[str] = []
        self.counts: Counter[str] = Counter()
        self.discreet = "nothing" in (graph.series_outside_window, graph.outside_occurrence_change)
        """Microsoft keeps some changes to itself: only a full round sees them."""

    @property
    def today(self) -> date:
        """The day on both services' clock."""
        return datetime.fromtimestamp(self.clock.now(), UTC).date()

    @property
    def destination(self) -> str:
        """The calendar that the mirror believes to be its own; before that, the one that it made."""
        return self.state.destination_calendar or super().destination

    @property
    def copied(self) -> bool:
        """Whether there is a mirrored calendar yet."""
        return any(calendar.summary == "Outlook" for calendar in self.google.state.live())

    @property
    def store(self) -> Store:
        """The state, for a look."""
        return self._store(Death())

    @property
    def held(self) -> frozenset[str]:
        """The source events that an undo has put back and no sync may touch."""
        return frozenset(map(self.first_id, self.store.held(self.called)))

    # Telling

    def begin(self, heading: str) -> None:
        """A new line of the history."""
        self.told.append(heading)

    def tell(self, text: str) -> None:
        """Something that happened; "" is nothing."""
        self.told += [f"    {text}"] if text else []

    # Choosing

    def first_id(self, event_id: str) -> str:
        """The first id of a source event, by which everything here knows it; Outlook may give it others later."""
        return self._first_ids.get(event_id, event_id)

    def source_of(self, row: Mapping[str, Any]) -> str:
        """The source event of a copy."""
        return self.first_id(marks(row).get("calmirrorSource", ""))

    def mirrored(self) -> set[str]:
        """As in World."""
        return set(map(self.first_id, super().mirrored()))

    def name(self, event_id: str) -> str:
        """A short name for a source event."""
        event_id = self.first_id(event_id)
        self._recent.append(event_id)
        return self._names.setdefault(event_id, f"#{len(self._names) + 1}")

    def label(self, row: dict[str, Any]) -> str:
        """A short name for a copy."""
        _, part = piece(row)
        return f"copy of {self.name(self.source_of(row))}{part and f' ({part})'}"

    def pick(self, random: Random, calendar: str = "") -> str:
        """Some event or series of a calendar in Outlook, a young one more often; "" where there is none."""
        items = self.mailbox.items(calendar or self.mailbox.default_calendar)
        return random.choice(items[-3:] if random.random() < 0.5 else items).id if items else ""

    def pick_occurrence(self, random: Random, series: str = "") -> tuple[str, date | None]:
        """Some occurrence near today: its series and original date."""
        start = datetime.combine(self.today, time(), UTC)
        shown = self.mailbox.occurrences(None, start - timedelta(10), start + timedelta(50))
        found = [(one.id, one.original) for one in shown if one.original and series in ("", one.id)]
        return random.choice(found) if found else ("", None)

    def pick_copy(self, random: Random) -> dict[str, Any] | None:
        """Some row of ours in the mirrored calendar, half of the time of an event that was just changed."""
        rows = [row for row in self.google.events(self.destination) if is_ours(row)] if self.copied else []
        recent = [row for row in rows if self.source_of(row) in self._recent]
        return random.choice(recent if recent and random.random() < 0.5 else rows) if rows else None

    # Expecting

    def personalised(self, row: dict[str, Any], changes: dict[str, Any]) -> None:
        """A person gave a copy a colour or reminder. Only of single events it is plain for how long it must stay."""
        self.past.touched(self.source_of(row))
        if "recurringEventId" in row:
            self.chosen.add(self.source_of(row))
        elif "colorId" in changes:
            self._outlived(self.source_of(row), changes["colorId"])
        if "recurrence" not in row and "recurringEventId" not in row and not marks(row).get("calmirrorPart"):
            self.touches.setdefault(row["id"], {}).update(changes)
        else:
            self.touches.pop(row["id"], None)

    def chosen_for_one(self, row: dict[str, Any]) -> None:
        """A person gave one occurrence a colour."""
        source = self.source_of(row)
        self.past.touched(source)
        self.chosen.add(source)
        self.touches.pop(row["id"], None)

    def chosen_for_all(self, row: dict[str, Any], color: str) -> None:
        """A person gave all occurrences of a series a colour."""
        self.touches.pop(row.get("recurringEventId", row["id"]), None)
        self.past.touched(self.source_of(row))
        self._outlived(self.source_of(row), color)

    def _outlived(self, source: str, color: str) -> None:
        """What shows another colour than its series was just given: nothing tells that from a choice for it alone."""
        shown = (row for row in self.ours() if "recurringEventId" in row and self.source_of(row) == source)
        self.chosen |= {source} if any(row.get("colorId") not in (None, color) for row in shown) else set()

    def drifted(self, row: dict[str, Any]) -> None:
        """A person changed or deleted a copy."""
        self.owes_repair = True
        self._meddled.add(self.source_of(row))
        self.past.touched(self.source_of(row))
        self.touches.pop(row["id"], None)

    def called_off(self, row: dict[str, Any]) -> None:
        """A person deleted an occurrence of a copied series: a repair that does not see that far leaves it."""
        self.drifted(row)
        series, start = self.source_of(row), row["start"]
        day = str(start.get("date") or start["dateTime"])[:10]
        self._called_off[series] = max(day, self._called_off.get(series, ""))

    def meddled(self) -> set[str]:
        """The source events whose copies a person rewrote or deleted since the last repair."""
        return set(self._meddled)

    def check(self) -> None:
        """As World.check; and a person's colour and reminder stay as long as the copy is there."""
        super().check()
        if not self.touches:
            return
        rows = {row["id"]: row for row in self.ours()}
        for event_id in self.touches.keys() - rows.keys():
            del self.touches[event_id]
        for event_id, wanted in self.touches.items():
            there = {key: rows[event_id].get(key) for key in wanted}
            hold("I1", there == wanted, "a person's colour or reminder is lost")

    def _to_be_seen(self) -> set[str]:
        """The source events that show in the window."""
        shown = {one.id for one in self.mailbox.occurrences(None, self._middle().start, self._middle().end)}
        # What left the window and has a new id since the mailbox moved cannot be asked for by its former one.
        singles = (one.id for one in self.mailbox.items(self.mailbox.default_calendar) if not one.is_series)
        shown |= {one for one in singles if one == self.first_id(one)}
        return set(map(self.first_id, shown & self.meant_to_show()))

    def _nothing_lost(self, before: set[str]) -> None:
        """As in World, of what shows in the window."""
        lost = (before & self._to_be_seen()) - self.mirrored() - self._meddled
        hold("I4", not lost, f"lost: {', '.join(map(self.name, lost))}")

    # Processes

    def attempt(self, death: Death | None = None, **options: Any) -> int:
        """One run under whatever goes wrong now; its exit code, or KILLED."""
        try:
            code = self.sync(death, **options)
        except KilledError:
            return KILLED
        if code == 1:
            raise AssertionError("exit code 1: a bug")
        return code

    def sync(self, death: Death | None = None, **options: Any) -> int:
        """As World.sync; without a person's word a run deletes within the budget, and touches nothing that is held."""
        before, held = self.mirrored(), frozenset() if options.get("unpin") else self.held
        code = KILLED
        try:
            with self.past.remembering(), self._left_alone(held):
                code = super().sync(death, **options)
            return code
        finally:
            self._within_budget(before, released=options.get("allow_mass_delete", False))
            if code in (0, SkippedEventError.exit_code) and not options.get("dry_run"):
                self._read_at, self._after_move = self.clock.now(), ()

    def repair(self, death: Death | None = None, **options: Any) -> Repair:
        """As World.repair; what is held is left alone."""
        with self.past.remembering(), self._left_alone(self.held):
            done = super().repair(death, **options)
        self.report = done.reports[-1]
        return done

    @contextmanager
    def _left_alone(self, held: frozenset[str]) -> Iterator[None]:
        """What an undo had put back stays, whatever runs."""
        before = self.past.now() if held else None
        yield
        after = self.past.now() if before else None
        if before and after:
            wrong = {one: told for one, told in self.past.changed(before, after).items() if one in held - self._let_go}
            hold("I16", not wrong, f"what was undone is written again: {wrong}")

    def _within_budget(self, before: set[str], *, released: bool) -> None:
        there = {self.first_id(item.id) for item in self.mailbox.items(self.mailbox.default_calendar)}
        gone, now = before - self.mirrored() - there, self.clock.now()
        recent = {one for at, ids in self._deleted for one in ids if at > now - DAY}
        days = max(1, min(int((now - self._read_at) / DAY), LONGEST_AWAY)) if self._read_at else 1
        limit = max(10, (len(before) + len(recent)) // 10) * days
        within = len(gone | recent) <= limit
        hold("I4", released or not gone or within, f"{len(gone)} deleted, {len(recent)} in the day before")
        self._deleted += [(now, gone)] if gone else []

    def _books(self, since: int) -> None:
        """All that a run wrote is in its journal, with what was there before and after it."""
        written = {event_of(one) for one in calls(self.google.log[since:]) if one.method != "GET" and one.status < 300}
        store = self._store(Death())
        entries = [entry for _, entry in store.journal(store.runs(self.called, 1)[0].id)]
        missing = {one for one in written if one} - {entry.event_id for entry in entries}
        hold("I16", not missing, f"not in the journal: {missing}")
        for entry in (entry for entry in entries if entry.event_id in written):
            told = entry.before if entry.verb is Verb.DELETE else entry.after
            hold("I16", told or entry.reason == LANDED_EARLIER, f"an entry that says nothing: {entry}")

    def start(self, **options: Any) -> None:
        """A run begins on another machine."""
        self.released = options.get("allow_mass_delete", False)
        self._away.clear()
        self.counts["processes that stand still"] += 1
        self.process = Process(self, f"another-host:{self.counts['processes that stand still']}:1", **options)

    def go_on(self, steps: int) -> None:
        """The run on another machine goes on for some steps."""
        process, before = self.process, self.mirrored()
        assert process is not None, "only what was started goes on"
        self._away |= before - self._to_be_seen()
        with self.past.remembering():
            late = process.go_on(steps)
        if late:
            self.owes_full = True
            self.past.forget()
            self.counts["late requests of runs that had lost the mirror"] += 1
        self.check()
        if not self.owes_full:
            self._nothing_lost(before - self._away)
            self._within_budget(before, released=self.released)
        if process.ended:
            self.counts[f"processes that stood still: {process.ending}"] += 1
            self.tell(process.ending)
            self.process = None

    def make_way(self) -> None:
        """The lease of a run that stands still comes to its end; what it still sends then is a step of its own.

        So does the time over which Microsoft counts requests: a run that is refused for those of others is no broken
        promise.
        """
        self.clock.advance(LEASE + 1)

    def run_well(self, **options: Any) -> None:
        """One run that nothing disturbs ends well, and what it says is true; a stop for many deletions is released."""
        self.make_way()
        options["full"] = self.discreet or self.owes_full or options.get("full", False)
        written_before = len(self.google.log)
        code, told = self.sync(**options), "exit 0"
        if code == SafetyStopError.exit_code and self.error.code == "empty-source":
            options["accept_empty"] = True
            code, told = self.sync(**options), "empty, which is right"
        if code == UserFixableError.exit_code and self.error.code == "taken-over":
            options["take_over"] = True
            code, told = self.sync(**options), "takes the calendar over"
        if code == SafetyStopError.exit_code and self.error.code in ANOTHER:
            self.tell(f"{self.error.code}: all is made anew")
            self.counts[self.error.code] += 1
            self.purge()
            self.forget_copy()  # nobody goes back behind that
            options["accept_empty"], written_before = True, len(self.google.log)
            code = self.sync(**options)
        if code == SafetyStopError.exit_code and self.error.code == "mass-delete":
            self._books(written_before)
            written_before = len(self.google.log)
            code, told = self.sync(**options, allow_mass_delete=True), "stopped, then released"
        skipped = self.report.skipped if self.report else {}
        if code == SkippedEventError.exit_code and self.owes_repair:
            self.tell(f"left out until repaired: {set(skipped.values())}")
            self.counts["left out until repaired"] += 1
            self.mend()
            return
        held, skipped = self.held, self.amiss(skipped)
        hold("I10", code in self.fine and not skipped, f"exit {code}, {self.error!r}, left out: {skipped}")
        self.owes_full = False
        self._books(written_before)
        self.assert_discreet()
        if not self.owes_repair and not held:
            self.assert_same()
        self.tell(f"{told}{', all follows Outlook again' if options.get('unpin') else ''}")

    @property
    def fine(self) -> tuple[int, ...]:
        """How a run ends that nothing disturbs: what is held is left out, and said to be."""
        return (SkippedEventError.exit_code,) if self.held else (0,)

    def amiss(self, skipped: Mapping[Any, str]) -> Mapping[Any, str]:
        """What should not have been left out."""
        return skipped

    def shown_in_outlook(self) -> Counter[tuple[str, str, str]]:
        """As in World, less the window's edges, where a whole day is in or out by whose midnight counts."""
        return self._within(super().shown_in_outlook())

    def shown_in_google(self) -> Counter[tuple[str, str, str]]:
        """The same of what calmirror made."""
        return self._within(super().shown_in_google())

    def _within(self, shown: Counter[tuple[str, str, str]]) -> Counter[tuple[str, str, str]]:
        window = self._middle()
        first, last = (str((edge + by).date()) for edge, by in ((window.start, EDGE), (window.end, -EDGE)))
        return Counter({one: count for one, count in shown.items() if first <= one[1][:10] <= last})

    def assert_discreet(self) -> None:
        """Of what is private nothing is told, and no colour was taken for chosen that Google had spread."""
        window = self._middle()
        shown = {one.id for one in self.mailbox.occurrences(None, window.start, window.end)}
        secret = set(map(self.first_id, self.private & shown)) - self.held
        for row in self.ours():
            source = self.source_of(row)
            told = "Title " in json.dumps(row)
            hold("I18", source not in secret or not told, f"{self.label(row)} is private")
            ours = marks(row).get("calmirrorPart", "").startswith("override:")
            kept = ours and "colorId" in marks(row).get("calmirrorTouch", "")
            hold("I1", not kept or source in self.chosen, f"a colour of {self.label(row)} that nobody chose for it")

    def assert_same(self) -> None:
        """Exit code 0 said that both calendars show the same."""
        google, outlook = self.shown_in_google(), self.shown_in_outlook()
        told = f"only in Google {dict(google - outlook)}, only in Outlook {dict(outlook - google)}"
        hold("I10", google == outlook, told)

    def mend(self) -> None:
        """A repair makes the mirror exact whatever was done to it."""
        self.make_way()
        try:
            done = self.repair(allow_mass_delete=True)
        except (SafetyStopError, UserFixableError) as refused:
            if refused.code not in ("empty-source", "taken-over", *ANOTHER):
                raise
            self.run_well()
            done = self.repair(allow_mass_delete=True)
        held = self.held
        left = {one: why for report in done.reports for one, why in report.skipped.items()}
        hold("I10", done.exit_code in self.fine, f"repair leaves {done.verification.differences}, left out: {left}")
        self.owes_full = False
        seen = str((self._middle().end - EDGE).date())
        self._meddled &= held | {one for one, day in self._called_off.items() if day > seen}
        self.owes_repair = bool(self._meddled)
        if not held:
            self.assert_same()
        self.tell(f"{done.changed} changed, {done.deleted} deleted")

    def rehearse(self) -> None:
        """A dry run writes nothing, and a run right after it plans the same."""
        marked = self.mark()
        self.make_way()
        code = self.sync(dry_run=True)
        refused = self.error or (self.report and self.report.refused)
        meant = refused is not None and refused.code in ("empty-source", "taken-over", *ANOTHER)
        assert meant or code in self.fine, (code, repr(self.error), self.report and self.report.skipped)
        assert self.writes_since(marked) == []
        self.tell("plan")

    def look(self) -> None:
        """`verify`, at any time."""
        try:
            self.tell(f"verify: {len(self.verify().differences)} differences")
        except UserFixableError as error:
            if error.code not in ("nothing-to-verify", *self._after_move):
                raise
            self.tell(error.code)

    def lose_state(self) -> None:
        """The state file is gone, and whoever had it open with it."""
        self.stop()
        self._install = self._installs = self._installs + 1
        self._memory = open_memory(f"install{self._install}")
        self._deleted.clear()
        self.past.forget()

    def install_elsewhere(self) -> None:
        """From now on it runs on another machine, which knows nothing but the configuration."""
        self.lose_state()
        self._calendars = Path(self._folder.name) / f"calendars-{self._install}.json"

    def call(self, name: str) -> None:
        """The mirror is called so from now on."""
        self.stop()  # it would go on under the former name
        self.mirrors = {name: self.mirrors[self.called]}
        self.called = name
        self.mirror()
        self.tell(f"called {name}")

    def mirror(self, death: Death | None = None, owner: str = DEAD, name: str = "") -> Mirror:
        """As in World; a process begins with what the mirrors are called now."""
        made = super().mirror(death, owner, name)
        follow_renames(self.store, [made.settings])
        return made

    def move_mailbox(self) -> None:
        """Every id in Outlook is another one; the events are the same.

        Where Microsoft refuses to read an old id, nothing proves that its event is deleted: then it is not moved.
        """
        if self.graph.switches.foreign_id == "403":
            return
        self._let_go |= self.held - self.mirrored()
        before = list(self.mailbox.events)
        self.mailbox.move_mailbox()
        for old, new in zip(before, self.mailbox.events, strict=True):
            self._first_ids[new] = self.first_id(old)
        self.other = self.mailbox.calendar_id("Other")
        self._after_move = ("calendar-not-found", "microsoft-forbidden")

    def keep_state(self) -> None:
        """Somebody makes a copy of the state."""
        self._kept = copied(self._memory), self._calendars, self._install, self.state.identity
        self._undone_since = False

    def forget_copy(self) -> None:
        """The copy of the state is gone."""
        self._kept = None

    def put_state_back(self, *, seen: bool) -> None:
        """The copy takes the place of the state. Unless `seen`, only a full round tells.

        So it is where an undo wrote since the copy, a round in which nothing changed reads nothing in Google, and where
        another installation keeps the calendar since: then a person says so at once.
        """
        self.stop()
        assert self._kept is not None, "there is a copy"
        kept, self._calendars, install, _ = self._kept
        self._memory = copied(kept)
        self.clock.advance(LEASE + 1)  # of whoever had it when the copy was made
        self._deleted.clear()
        self.past.forget()
        self.owes_full = self.owes_full or not seen or self._undone_since or install != self._install
        if install != self._install:
            self._install = install
            self.run_well()

    @property
    def has_copy(self) -> bool:
        """Whether there is a copy of the state, unless the mirror became another one since.

        It does where a state is lost and nothing current in Google tells whose the calendar is.
        """
        return self._kept is not None and self.state.identity in ("", self._kept[-1])

    def take_back(self, number: int, event: str = "", death: Death | None = None) -> None:
        """Undoes a run, or what was written of one event since then: the calendar, or the event, is what it was."""
        self.make_way()
        self._undone_since = True
        before, now = self.past.before(number), self.past.now()
        assert now is not None, "a run was there"
        last = self.store.runs(self.called, 1)[0].id
        with self.past.remembering():
            if death is not None:
                with suppress(KilledError):
                    undone(self, number, death, event=event)
            report = undone(self, number, event=event)
        # A person's own words of then may be a series that has no such occurrence.
        hold(
            "I16",
            set(map(self.first_id, report.skipped)) <= self._meddled | before.meddled,
            f"left out: {report.skipped}",
        )
        after = self.past.now()
        assert after is not None, "an undo makes no calendar go"
        wrong = self.past.changed(before, after)
        if one_event := self.first_id(event):
            wrong = {one: told for one, told in wrong.items() if one == one_event}
            wrong |= {one: told for one, told in self.past.changed(now, after).items() if one != one_event}
        hold("I16", not wrong, wrong)
        # What was left out is told, with what puts it right.
        written = {action.source_id for action in report.plan.actions} - report.skipped.keys()
        twice = self.past.twice(after) & set(map(self.first_id, written))
        hold("I3", not twice, twice)
        if self._after_move:
            self._let_go |= self.held - self.mirrored()
        for entry in self.store.journal_since(self.called, last + 1):
            # A person's colour that came back is theirs: no other undo takes it.
            if "calmirrorTouch" in marks(entry.after or {}) and "calmirrorTouch" not in marks(entry.before or {}):
                self.past.touched(self.first_id(entry.source_id))
        self.tell(f"{len(report.plan.actions)} writes" + (f", {len(self.held)} held" if self.held else ""))

    def purge(self, death: Death | None = None) -> None:
        """Everything that calmirror made goes, and nothing else; nothing is held any more."""
        self.make_way()
        with self.past.remembering():
            if death is not None:
                with suppress(KilledError):
                    purge(self.mirror(death))
            done = purge(self.mirror())
        self.check()
        hold("I17", done.exit_code == 0 and not self.ours(), f"left over: {done.skipped}, {len(self.ours())} events")
        self.owes_repair = self.owes_full = False
        self._meddled.clear()
        self._called_off.clear()
        self.tell(f"{done.deleted} deleted")

    def stop(self) -> None:
        """The run that stands still is killed, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process = None

    def end(self) -> None:
        """Everything heals: the mirror is exact, and the next run has nothing to do."""
        self.graph.faults.clear()
        self.google.faults.clear()
        if self.process is not None:
            self.tell("the process that stood still goes on")
            self.go_on(TO_THE_END)
        self.run_well(unpin=bool(self.held))
        if self.owes_repair:
            self.mend()
        self.make_way()
        if self.clock.now() - self.state.full_at >= DAY:
            self.run_well()  # the daily whole read has just become due
        self.assert_exact()
        if self.clock.now() % DAY > DAY - 3 * LEASE:
            self.clock.advance(3 * LEASE)  # the window moves at midnight
        # What a person coloured since the last whole read is marked as theirs by the first, which is a write.
        self.run_well(full=True)
        self.make_way()
        marked = self.mark()
        hold("I10", self.sync(full=True) in self.fine, repr(self.error))
        hold("I11", self.writes_since(marked) == [], self.writes_since(marked))


def copied(database: SqliteDatabase) -> SqliteDatabase:
    """The same state once more."""
    other = open_memory()
    database._connection.backup(other._connection)  # noqa: SLF001 -- as whoever copies the file does
    return other


def event_of(one: Exchange) -> str:
    """The id of the event that a write is about; "" of a calendar's."""
    if "/events" not in one.path:
        return ""
    return json.loads(one.request.body)["id"] if one.method == "POST" else one.path.rpartition("/")[2]
