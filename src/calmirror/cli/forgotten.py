"""How mirrors are named that left the configuration while events of theirs are still in Google."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from calmirror.cli.assemble import open_state_to_look, settings_of
from calmirror.cli.failures import pasteable, quoted
from calmirror.cli.screen import clean, say, say_json
from calmirror.mirror.names import forgotten

if TYPE_CHECKING:
    from calmirror.cli.options import Asked


def forgotten_events(asked: Asked) -> dict[str, int]:
    """How many source events each mirror that left the configuration still has in Google, by its name."""
    settings = settings_of(asked)
    with closing(open_state_to_look(settings)) as store:
        return {left.name: store.count_sources(left.name) for left in forgotten(store, settings.mirrors)}


def name_forgotten(asked: Asked) -> None:
    """Prints each of them, where all mirrors were asked for."""
    if asked.mirrors:
        return
    for name, events in forgotten_events(asked).items():
        if asked.as_json:
            say_json(as_json(name, events, asked))
        else:
            say(clean(pasteable(f"{name}: {what(events)}. To take them out: {cure(name)}", asked.config)))


def what(events: int) -> str:
    """What is said of such a mirror."""
    stays = "1 event of it stays" if events == 1 else f"{events} events of it stay"
    return f"no longer in the configuration; {stays} in Google"


def cure(name: str) -> str:
    """The command that takes its events out of Google."""
    return f"calmirror purge {quoted('--mirror', name)}"


def as_json(name: str, events: int, asked: Asked) -> dict[str, Any]:
    """Such a mirror as `--json` prints it."""
    command = pasteable(cure(name), asked.config)
    return {"mirror": name, "exit": 0, "configured": False, "events": events, "command": command}
