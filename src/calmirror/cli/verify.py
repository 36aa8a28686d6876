"""`calmirror verify`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.each import each_mirror
from calmirror.cli.options import Asked, common_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.mirror.showing import Showing
from calmirror.mirror.verify import TITLED
from calmirror.mirror.verify import verify as compare

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.mirror.verify import Difference, Occurrence, Verification


@click.command()
@common_options
def verify(asked: Asked) -> int:
    """Compare both calendars, occurrence by occurrence, as the two services themselves show them.

    Writes nothing. Times are UTC. Ends with 3 when they differ.
    """

    def show(_wired: Wired, found: Verification) -> int:
        if asked.as_json:
            say_json(as_json(found))
        else:
            for difference in found.differences:
                say(line(difference), style="yellow")
            say(summary(found))
        return found.exit_code

    return each_mirror(asked, lambda wired: compare(wired.mirror, Showing(wired.mirror)), show)


def line(difference: Difference) -> str:
    """One difference: what Outlook shows, what Google shows."""
    source, mirror = difference.source, difference.mirror
    if source is None or mirror is None:
        one = source or mirror
        assert one is not None, "a difference has a side"
        return clean(f"! {span(one.starts, one.ends)}  {_titled(one)}: {difference.kind}")
    titles = [_titled(source), _titled(mirror)]
    if source.shown != mirror.shown:
        titles = [f"shown as {source.shown}", f"shown as {mirror.shown}"]
    words = [
        (span(one.starts, one.ends), title, *_words(one)) for one, title in zip((source, mirror), titles, strict=True)
    ]
    pairs = [f"{ours} in Outlook, {theirs} in Google" for ours, theirs in zip(*words, strict=True) if ours != theirs]
    return clean(f"! {span(source.starts, source.ends)}  {_titled(source)}: {'; '.join(pairs)}")


def summary(found: Verification) -> str:
    """The last line."""
    start, end = found.window.start.date(), found.window.end.date()
    if not found.differences and not found.occurrences:
        return clean(f"{found.mirror}: both calendars agree: neither shows an event from {start} to {end}")
    if not found.differences:
        return clean(f"{found.mirror}: both calendars agree: {found.occurrences} occurrences from {start} to {end}")
    number = len(found.differences)
    return clean(
        f"{found.mirror}: {number} difference{'s' * (number != 1)} among {found.occurrences} occurrences "
        f"from {start} to {end}"
    )


def as_json(found: Verification) -> dict[str, Any]:
    """The comparison as `--json` prints it."""
    return {
        "mirror": found.mirror,
        "exit": found.exit_code,
        "window": {"start": found.window.start.isoformat(), "end": found.window.end.isoformat()},
        "occurrences": found.occurrences,
        "differences": [
            {"kind": d.kind, "source_id": d.source_id, "source": _plain(d.source), "mirror": _plain(d.mirror)}
            for d in found.differences
        ],
    }


def _plain(one: Occurrence | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return asdict(one)


def span(starts: str, ends: str) -> str:
    """When an occurrence is: days, or times in UTC, whose end is told in full only on another day."""
    if "T" not in starts:
        return f"{starts} until {ends} (all day)"
    (day, start), (last, end) = (moment.removesuffix("+00:00").split("T") for moment in (starts, ends))
    start, end = (clock.removesuffix(":00") for clock in (start, end))
    return f"{day} {start} to {end if last == day else f'{last} {end}'} UTC"


def _titled(one: Occurrence) -> str:
    return f'"{one.title}"' if one.shown in TITLED else f"(shown as {one.shown})"


def _words(one: Occurrence) -> tuple[str, str]:
    return "free" if one.free else "busy", "private" if one.private else "not private"
