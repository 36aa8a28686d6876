"""The commands with nothing but a published calendar: no sign-in at Microsoft, and the address nowhere to be read."""

from __future__ import annotations

import gc
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from feed_world import HEAD, TAIL, event

from calmirror.cli.main import main
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.ics.service import FeedService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import SandboxClock

SECRET = "s3cretpathofthecalendar"
TOMORROW = datetime.now(UTC).date() + timedelta(1)


class Published:
    """A served feed, a served Google, and a configuration of one mirror."""

    def __init__(self, feeds: FeedService, google: GoogleService, folder: Path) -> None:
        self.feeds, self.google, self.folder = feeds, google, folder
        self.config = folder / "calmirror.toml"
        self.serve("Meeting", "Talk")
        self.configure(f"{feeds.base_url}/{SECRET}/calendar.ics?key={SECRET}")

    def serve(self, *titles: str) -> None:
        """Publishes events of an hour, tomorrow."""
        stamps = [
            (f":{TOMORROW:%Y%m%d}T{8 + n:02}0000Z", f":{TOMORROW:%Y%m%d}T{9 + n:02}0000Z") for n in range(len(titles))
        ]
        events = [event(title, *edges, title=title) for title, edges in zip(titles, stamps, strict=True)]
        self.feeds.put(HEAD + "".join(events) + TAIL, f"/{SECRET}/calendar.ics")

    def configure(self, source: str) -> None:
        """A configuration without a [microsoft] table."""
        self.config.write_text(
            f'[state]\nurl = "sqlite:///state.db"\n[google]\napi_url = "{self.google.base_url}"\n'
            f'token_command = ["echo", "g"]\n[[mirror]]\nname = "work"\nsource = "{source}"\n'
        )

    def run(self, *words: str) -> Result:
        """One command."""
        return CliRunner().invoke(main, ["--config", str(self.config), *words])


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Published]:
    clock = SandboxClock()
    feeds, google = FeedService(clock), GoogleService(clock)
    google.grant("g", ["https://www.googleapis.com/auth/calendar.app.created"])
    with serve(feeds, google):
        yield Published(feeds, google, tmp_path)
        gc.collect()  # a connection that is kept alive would hold up the end of the server for a second


def test_every_command_works_and_none_tells_the_address(published: Published):
    said = ""
    for words, code in (
        (["plan"], 0),
        (["sync"], 0),
        (["sync", "--json"], 0),
        (["status"], 0),
        (["verify"], 0),
        (["explain", "Meeting"], 0),
        (["plan", "--full", "--json"], 0),
        (["repair"], 0),
        (["calendars"], 0),
        (["calendars", "--json"], 0),
        (["doctor"], None),
    ):
        result = published.run(*words)
        assert code in (None, result.exit_code), (words, result.output, result.exception)
        said += result.output
    assert SECRET not in said
    assert "Outlook, to read from" not in said
    for file in published.folder.glob("*"):
        if file != published.config:
            assert SECRET.encode() not in file.read_bytes(), file


@pytest.mark.parametrize("status", [401, 404, 410, 418])
def test_no_error_tells_the_address(published: Published, status: int):
    from world import broken, refusal

    broken(published.feeds, answer=refusal(status))
    for words in (["sync"], ["plan"], ["--debug", "sync"], ["sync", "--json"], ["status"]):
        result = published.run(*words)
        assert SECRET not in result.output
        assert result.exit_code in (0, 2, 4, 5)


@pytest.mark.parametrize(
    "source",
    [
        f"http://example.org/{SECRET}.ics",
        f"ftp://example.org/{SECRET}",
        f"https://me:{SECRET}@example.org/a.ics",
        "https://example.org",
    ],
)
def test_an_address_that_cannot_be_is_refused_without_telling_it(published: Published, source: str):
    published.configure(source)
    result = published.run("sync")
    assert result.exit_code == 4
    assert "mirror[0].source: must" in result.output
    assert SECRET not in result.output


def test_webcal_is_https(published: Published, tmp_path: Path):
    from calmirror.config import load

    published.configure("webcal://example.org/calendar.ics#today")
    [mirror] = load(published.config).mirrors
    assert (mirror.feed, mirror.source) == ("https://example.org/calendar.ics", "")
    assert "example.org" not in repr(mirror)


def test_an_idle_run_sends_one_request(published: Published):
    assert published.run("sync").exit_code == 0
    asked = len(published.feeds.log), len(published.google.log)
    told = json.loads(published.run("sync", "--json").output.splitlines()[0])
    assert (len(published.feeds.log) - asked[0], len(published.google.log) - asked[1]) == (1, 0)
    assert published.feeds.log[-1].status == 304
    assert told["requests"] == {"microsoft": 1, "google": 0}


def test_a_changed_feed_is_told_in_the_plan(published: Published):
    published.run("sync")
    published.serve("Meeting", "Another talk", "Third")
    result = published.run("plan")
    assert "Third" in result.output
    published.serve("Meeting")
    assert published.run("sync").exit_code == 3
    plan = published.run("plan").output
    assert "no longer in the published calendar" not in plan
    assert "behind the last event that the published calendar lists" in plan


def left_out(*lines: str, title: str = "Budget meeting") -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", "UID:odd", f"SUMMARY:{title}", *lines, "END:VEVENT"))


DAY = f"{TOMORROW:%Y%m%d}"
LEFT_OUT = {
    "a zone nobody knows": (
        left_out(f"DTSTART;TZID=Atlantis:{DAY}T140000"),
        f'the event of {TOMORROW} 14:00 on its own clock "Budget meeting"',
        "nobody knows its time zone",
    ),
    "an end before its start": (
        left_out(f"DTSTART:{DAY}T140000Z", f"DTEND:{DAY}T130000Z"),
        f'the event of {TOMORROW} 14:00 UTC "Budget meeting"',
        "it ends before it starts",
    ),
    "a rule that never takes place": (
        left_out(f"DTSTART;VALUE=DATE:{DAY}", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        f'the event of {TOMORROW} "Budget meeting"',
        "its rule never takes place",
    ),
    "no start": (left_out("DURATION:PT1H"), 'an event without a start "Budget meeting"', "it has no start"),
    "a private one": (
        left_out(f"DTSTART;TZID=Atlantis:{DAY}T140000", "CLASS:PRIVATE"),
        f"the event of {TOMORROW} 14:00 on its own clock (id",
        "nobody knows its time zone",
    ),
    "a changed occurrence": (
        left_out(f"DTSTART:{DAY}T140000Z", f"DTEND:{DAY}T150000Z", "RRULE:FREQ=DAILY;COUNT=3")
        + left_out(f"DTSTART:{DAY}T140000Z", f"DTEND:{DAY}T130000Z", f"RECURRENCE-ID:{DAY}T140000Z", title="Longer"),
        f'the event of {TOMORROW} 14:00 UTC "Longer"',
        "it ends before it starts",
    ),
}


@pytest.mark.parametrize(("text", "which", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_left_out_is_told_by_title_and_date_with_the_reason_in_every_run(
    published: Published, text: str, which: str, why: str
):
    published.feeds.put(HEAD + text + TAIL, f"/{SECRET}/calendar.ics")
    for _ in range(2):
        planned = published.run("plan")
        assert planned.exit_code == 3
        [line] = [line for line in planned.stdout.splitlines() if line.startswith("! ")]
        assert which in line
        assert line.endswith(why)
        synced = published.run("sync")
        assert synced.exit_code == 3
        assert why in synced.stdout
        assert "Budget meeting" not in synced.output
    [skipped] = json.loads(published.run("plan", "--json").stdout)["skipped"]
    assert skipped["reason"] == why
    assert skipped["title"] in which
    published.serve("Meeting")
    assert published.run("sync").exit_code == 0
    assert "skipped" not in memories(published)


def memories(published: Published) -> set[str]:
    with closing(sqlite3.connect(published.folder / "state.db")) as database:
        return {kind for (kind,) in database.execute("SELECT kind FROM memory")}


def test_a_profile_that_shows_no_titles_keeps_none(published: Published):
    published.config.write_text(published.config.read_text() + 'profile = "busy"\n')
    published.feeds.put(HEAD + left_out(f"DTSTART;TZID=Atlantis:{DAY}T140000") + TAIL, f"/{SECRET}/calendar.ics")
    assert published.run("sync").exit_code == 3
    assert "Budget" not in published.run("plan").output
    assert b"Budget" not in (published.folder / "state.db").read_bytes()
