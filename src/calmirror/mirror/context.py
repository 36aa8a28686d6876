"""What a run works with: one mirror's settings, both calendars, the store, time; and its hold on the mirror."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calmirror.errors import CalmirrorError, RunLockedError
from calmirror.mirror.bridge import Bridge
from calmirror.mirror.names import ends_of
from calmirror.model.policy import signature
from calmirror.model.times import Window

if TYPE_CHECKING:
    from calmirror.config.settings import MirrorSettings
    from calmirror.google.calendar import GoogleCalendar
    from calmirror.http.message import Clock
    from calmirror.mirror.age import KnownRuns
    from calmirror.mirror.remembered import Remembered
    from calmirror.mirror.source import Source
    from calmirror.model.mirror import Link, MirrorState
    from calmirror.model.source import Round
    from calmirror.store import Store

PADDING = 1
"""Days by which Microsoft is asked for more than is kept in sync: all-day events lie in a window by an instant that
may be most of a day away from the day they show."""
KEPT = 90 * 86400.0
"""Seconds for which runs and their journal are kept."""
LEASE = 600.0
"""Seconds. Renewed before each batch; what a frozen process loses to the next one is its epoch."""
TRANSLATION = "3"
"""Raised when a change of the translation alone should be carried to every event by the next run."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: not known)."""


def silent(_doing: str, _done: int, _total: int) -> None:
    """A Progress that nobody watches."""


class StateIsOldError(Exception):
    """Google holds what a run wrote of which the state knows nothing: an older copy of it was put back."""


@dataclass
class Mirror:
    """One mirror and all that its runs touch.

    `source` is given as it reads, and knows events by the ids under which they were first mirrored from then on, over
    the `bridge`. `connect` makes the destination when it is first needed.
    """

    settings: MirrorSettings
    source: Source
    connect: Callable[[], GoogleCalendar]
    store: Store
    clock: Clock
    remembered: Remembered
    progress: Progress = silent
    owner: str = ""

    bridge: Bridge = field(init=False)
    _identity: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.owner = self.owner or this_process()
        self.source = self.bridge = Bridge(self.source, self)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.settings.name

    @property
    def identity(self) -> str:
        """Who it is in Google, whatever it is called: part of every id and mark that it makes."""
        return self._identity or self.state.identity

    def goes_by(self, identity: str) -> None:
        """It is that one from now on; who says so saves it."""
        self._identity = identity

    def recognises(self, event: Mapping[str, Any]) -> bool:
        """Whether an event in Google is ours: by its marks and by the id that is computed from them."""
        from calmirror.plan.identity import recognised  # noqa: PLC0415 - an idle run reads no events of Google's

        return recognised(event, self.identity) is not None

    @cached_property
    def destination(self) -> GoogleCalendar:
        """The destination's side; an idle run never asks for it."""
        return self.connect()

    @property
    def state(self) -> MirrorState:
        """What the store knows now."""
        found = self.store.mirror(self.name)
        self._identity = self._identity or found.identity
        return found

    @property
    def has_followed(self) -> bool:
        """Whether it ever read its source to the end, or mirrored anything of it."""
        return bool(self.state.full_at or self.store.count_sources(self.name))

    @property
    def shape(self) -> str:
        """A fingerprint of the settings that shaped the mirror; another one asks for a full round."""
        own = self.settings
        shown = signature(own.policy)
        parts = (TRANSLATION, own.feed or own.source, own.destination, str(own.past_days), str(own.future_days), shown)
        return f"{ends_of(own)}\n{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}\n{TRANSLATION}"

    @property
    def is_of_earlier_version(self) -> bool:
        """Whether what it wrote last was translated otherwise than it would be now."""
        return self.state.settings.rpartition("\n")[2] not in ("", TRANSLATION)

    def window_now(self) -> Window:
        """The window that a full round would keep in sync."""
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return Window.around(now, past_days=self.settings.past_days, future_days=self.settings.future_days)


@dataclass
class Lease:
    """The hold of one run on its mirror. `epoch` is checked by every write to the store; a dry run's `run` is 0."""

    mirror: Mirror
    epoch: int
    run: int
    began: float
    """What the run read is of then, however long a machine slept since."""
    minds_age: bool = False
    """Whether what a newer run wrote ends the run: then the state is an older copy that was put back."""
    doubts_links: bool = False
    """Whether Google may hold events of ours that no link tells of: the way to the last round was lost."""
    rebuilds: bool = False
    """Whether nothing that the state says of Google counts."""

    @property
    def mark(self) -> str:
        """What its writes are marked with: its number, and when it began, since an old state repeats numbers."""
        return f"{self.run}.{int(self.began * 1000)}"

    def check_age(self, event: Mapping[str, Any]) -> None:
        """Raises StateIsOldError for an event of this mirror that a run wrote of which the state knows nothing."""
        if self.minds_age and not self._known_runs.wrote(event):
            raise StateIsOldError

    @cached_property
    def _known_runs(self) -> KnownRuns:
        from calmirror.mirror.age import KnownRuns  # noqa: PLC0415 - an idle run reads no events of Google's

        return KnownRuns(self.mirror)

    def rebuild(self) -> None:
        """Learns from Google what the destination holds, in place of what an old state says.

        Raises:
            UserFixableError: `taken-over`: the state is not old, but another installation wrote.
        """
        from calmirror.mirror.recognition import known_first, owned_links  # noqa: PLC0415 - as above
        from calmirror.mirror.takeover import check_keeper  # noqa: PLC0415 - as above

        own = self.mirror
        check_keeper(own, own.state.destination_calendar)
        own.progress("The state is older than the Google calendar: both calendars are read whole", 0, 0)
        self.rebuilds, self.minds_age = True, False
        if self.run:
            before = {link.event_id for link in own.store.links(own.name)}
            self.take_over(known_first(owned_links(own, own.state.destination_calendar), before))
            own.store.save(own.name, self.epoch, cursor="", watch_token="", undoable_from=self.run)

    def take_over(self, links: Sequence[Link]) -> None:
        """Replaces all links by what Google holds; no later run has the number of one that wrote any of it."""
        from calmirror.mirror.age import newest_run  # noqa: PLC0415 - as above

        own = self.mirror
        own.store.adopt(own.name, self.epoch, links)
        own.store.skip_runs(own.name, self.epoch, to=newest_run(link.sent for link in links))

    def renew(self) -> None:
        """Before each batch: a process that woke up too late learns here that it lost the mirror."""
        own = self.mirror
        own.store.renew_lease(own.name, owner=own.owner, epoch=self.epoch, now=own.clock.now(), ttl=LEASE)

    def commit(self, said: Round, watch_token: str) -> None:
        """The end of a run's work: the next one starts after this round, and after this look at the destination."""
        own, window = self.mirror, said.window.padded(-PADDING)
        if said.full and said.calendar_id != own.state.source_calendar:
            title = own.source.title(said.calendar_id)
            own.store.save(own.name, self.epoch, source_calendar=said.calendar_id, source_title=title)
        own.store.commit_round(
            own.name,
            self.epoch,
            cursor=said.cursor,
            window_start=window.start.isoformat(),
            window_end=window.end.isoformat(),
            settings=own.shape,
            full_at=self.began if said.full else None,
        )
        if watch_token:
            own.store.save(own.name, self.epoch, watch_token=watch_token)

    def record(self, outcome: str, counts: Mapping[str, int], *, full: bool) -> None:
        """The run came to an end: the mirror is "exact", or right but for some events ("partial")."""
        own, now = self.mirror, self.mirror.clock.now()
        own.store.end_run(self.run, at=now, outcome=outcome, counts=counts, full=full)
        own.store.save(own.name, self.epoch, succeeded_at=now, failures=0, last_error="")
        if full:
            own.store.prune(own.name, before=now - KEPT)

    def end(self, outcome: str, counts: Mapping[str, int]) -> None:
        """A run came to an end that says nothing of whether the mirror is right."""
        self.mirror.store.end_run(self.run, at=self.mirror.clock.now(), outcome=outcome, counts=counts, full=False)

    @contextmanager
    def recorded(self, *, as_failure: bool = True) -> Iterator[None]:
        """Records how the run within ends when it fails; a mirror lost to another run is left to that one.

        `as_failure` says whether the mirror is not right because of that.
        """
        try:
            yield
        except RunLockedError:
            raise
        except BaseException as error:
            code = error.code if isinstance(error, CalmirrorError) else _outcome(error)
            if self.run and as_failure:
                self._record_failure(code)
            elif self.run:
                self.end(code, {})
            raise

    def _record_failure(self, code: str) -> None:
        own = self.mirror
        self.end(code, {})
        own.store.save(own.name, self.epoch, failures=own.state.failures + 1, last_error=code)


@contextmanager
def leased(mirror: Mirror, *, dry_run: bool = False) -> Iterator[Lease]:
    """Holds the mirror; raises RunLockedError while another living process does."""
    state = mirror.state
    if state.lease_owner and not _alive(state.lease_owner):
        mirror.store.release_lease(mirror.name, owner=state.lease_owner, epoch=state.epoch)
    now = mirror.clock.now()
    epoch = mirror.store.take_lease(mirror.name, owner=mirror.owner, now=now, ttl=LEASE)
    try:
        run = 0 if dry_run else mirror.store.begin_run(mirror.name, at=now)
        yield Lease(mirror, epoch, run, now)
    finally:
        mirror.store.release_lease(mirror.name, owner=mirror.owner, epoch=epoch)


def _outcome(error: BaseException) -> str:
    return "bug" if isinstance(error, Exception) else "stopped"


def this_process() -> str:
    """A name for this process that no later one bears: host, number, and when it started."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    """When a process started, in the kernel's ticks; "" where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _alive(owner: str) -> bool:
    """Whether a lease's owner may still be at work: not when it was a process of this machine that is gone."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdecimal():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return _started(int(rest)) == owner.rpartition(":")[2]
