"""After a run: the heartbeat, and the command where there is news. Nothing in here can make a run fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.http.sockets import SocketTransport
from calmirror.notify import command
from calmirror.notify.heartbeat import ALIVE, beat
from calmirror.notify.memory import Memory, recall, remember
from calmirror.notify.troubles import Failure, news

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from calmirror.config import Settings


def transport(ca_file: Path | None) -> SocketTransport:
    """Connections to a monitor, which has seconds to answer."""
    return SocketTransport(connect=5.0, read=10.0, whole=15.0, ca_file=ca_file)


def run_ended(
    settings: Settings,
    memory_path: Path,
    exit_code: int,
    failures: Collection[Failure],
    covered: Collection[str],
    now: float,
    complain: Callable[[str], None],
) -> None:
    """Tells the monitor and the user's commands how a run of the mirrors `covered` ended.

    `complain` gets a line for what could not be told; of a heartbeat that keeps failing, once.
    """
    notify, before = settings.notify, recall(memory_path)
    names = {"", *(mirror.name for mirror in settings.mirrors)}
    unheard: str | None = ""
    if notify.heartbeat:
        # A run of single mirrors says nothing good of the others: it may report a failure, never that all is well.
        tells = exit_code not in ALIVE or names <= {"", *covered}
        unheard = beat(notify.heartbeat, exit_code, transport(settings.ca_file)) if tells else None
    if unheard and not before.heartbeat_failed:
        complain(f"The heartbeat did not arrive ({unheard}). The calendars are not concerned.")
    known = {key: trouble for key, trouble in before.troubles.items() if trouble.mirror in names}
    what = news(known, failures, covered, now)
    for kind, argv in (
        ("on_failure", notify.on_failure if what.failures else ()),
        ("on_recovery", notify.on_recovery if what.recovered else ()),
    ):
        more = command.variables(what.failures, exit_code, what.since, settings.path)
        if argv and (why := command.run(argv, more, settings.path.parent)):
            complain(f'The command {kind}, "{argv[0]}", {why}. The calendars are not concerned.')
    after = Memory(what.troubles, before.heartbeat_failed if unheard is None else bool(unheard))
    if after != before:
        try:
            remember(memory_path, after)
        except OSError as error:
            complain(f"What was told cannot be remembered ({error.strerror}); it will be told again.")
