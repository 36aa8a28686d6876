"""`./dev contract --live` against the sandbox on real sockets, which plays the real services."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tools"))

import contract
from contract_google import MARK, NAME
from contract_google_checks import GOOGLE
from contract_outlook_checks import MICROSOFT

from calmirror.cli.sign_ins import SignIns
from calmirror.config import load
from calmirror.http.message import Answer, Request
from calmirror.http.sockets import SocketTransport
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import SignIn, serve
from calmirror.sandbox.service import Fault, SandboxClock
from calmirror.sandbox.signin.google.service import GoogleSignIn
from calmirror.sandbox.signin.microsoft.service import DESKTOP_APP, MicrosoftSignIn
from calmirror.sandbox.signin.person import Person as Robot
from calmirror.sandbox.signin.tls import certify
from calmirror.tokens.person import Asking, Way

SCOPE = "https://www.googleapis.com/auth/"
CONFIG = """
[state]
url = "sqlite:///state.db"
[microsoft]
graph_url = "{graph}"
{microsoft}
[google]
api_url = "{google}"
requests_per_minute = 10000
{access}
[[mirror]]
name = "work"
"""
Typed = str | Callable[[], str] | BaseException
WRITER = ("--writer", "echo writer")
NONE_LEFT_OUT = "0 differ, 1 are not settled"
"""On the sandbox as it is: whatever a national cloud does shows only in one."""


class Keyboard:
    """What a person types, line by line, and does before that. Then nobody is there any more."""

    def __init__(self, *typed: Typed) -> None:
        self._typed = list(typed)

    def readline(self) -> str:
        """The next line; "" at the end."""
        line = self._typed.pop(0) if self._typed else ""
        if isinstance(line, BaseException):
            raise line
        return line if isinstance(line, str) else line()


class World:
    """Both services on sockets, with a mailbox that somebody uses, and a configuration that names them."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, **switches: Any) -> None:
        clock = SandboxClock()
        self.folder, self._patch = folder, patch
        self.graph, self.google = GraphService(clock), GoogleService(clock)
        self.google.switches.quota_per_minute = None
        self.google.grant("g", [f"{SCOPE}calendar.app.created"])
        self.graph.grant("m", ["Calendars.Read"])
        self.graph.grant("writer", ["Calendars.ReadWrite"])
        self.config, self.answers = folder / "calmirror.toml", folder / "answers.json"
        self.note = folder / "calmirror-contract.json"
        self.mailbox = self.graph.mailbox
        week = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd"}}
        for title, more in (("Stand-up with Lee", {"recurrence": week}), ("Dinner at Lee's", {}), ("Dentist", {})):
            at = {"dateTime": "2020-03-02T18:00:00", "timeZone": "Tokyo Standard Time"}
            self.mailbox.create(
                {"subject": title, "start": at, "end": at | {"dateTime": "2020-03-02T19:00:00"}, **more}
            )
        days = {"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}}
        self.google.person_insert("primary", {"summary": "Theirs", **days})

    def configure(self, graph: str, google: str) -> None:
        """Write the configuration, with commands that print tokens."""
        m, g = 'token_command = ["echo", "m"]', 'token_command = ["echo", "g"]'
        self.config.write_text(CONFIG.format(graph=graph, google=google, microsoft=m, access=g))

    def run(self, *options: str, typed: tuple[Typed, ...] = ("y\n",)) -> int:
        """The exit code of a live run."""
        self._patch.setattr("sys.stdin", Keyboard(*typed))
        return contract.main(["--live", "--config", str(self.config), "--answers", str(self.answers), *options])

    def calendars(self) -> list[str]:
        """The names of all calendars of both accounts."""
        return [one.summary for one in self.google.state.live()] + [one.name for one in self.mailbox.calendars.values()]

    def truth(self) -> Any:
        """What the person has: nothing of it may change."""
        kept = [(item.id, item.change_key, item.calendar) for item in self.mailbox.events.values()]
        return kept, self.google.events("primary", deleted=True), self.calendars()

    def scratch(self) -> str:
        """The id of Google's scratch calendar, while there is one."""
        return next(one.id for one in self.google.state.live() if one.description == MARK)

    def titled(self, title: str) -> Any:
        """The event of a title in Google's scratch calendar."""
        return next(row for row in self.google.events(self.scratch()) if row["summary"] == title)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose services are being served."""
    made = World(tmp_path, monkeypatch)
    with serve(made.graph, made.google) as running:
        made.configure(running.graph_url, running.google_url)
        yield made


def text(capsys: pytest.CaptureFixture[str]) -> str:
    """All that was printed so far."""
    printed = capsys.readouterr()
    return printed.out + printed.err


class Does:
    """What the questions of the checks ask a person to do."""

    def __init__(self, world: World) -> None:
        self._world = world

    def everything(self) -> tuple[Callable[[], str], ...]:
        """The answers to all questions, in the order in which they come."""
        return (self.empty_bin, self.cut, self.split, self.move)

    def empty_bin(self) -> str:
        self._world.google.empty_trash(self._world.scratch())
        return "\n"

    def cut(self) -> str:
        event = self._world.titled("contract: split me")
        number = f"{event['id']}_{event['start']['dateTime'][:8].replace('-', '')}"
        number += f"{int(event['start']['dateTime'][8:10]) + 3:02}T080000Z"
        self._world.google.person_edit(self._world.scratch(), number, scope="following", summary="contract: the rest")
        return "\n"

    def split(self) -> str:
        item = self._outlook("contract: split me")
        day = self._world.mailbox.expander.rule(item)
        fourth = list(day.dates(day.start, day.start.replace(year=day.start.year + 1)))[3]
        self._world.mailbox.split(item.id, fourth, subject="contract: the rest")
        return "\n"

    def move(self) -> str:
        made = [one.id for one in self._world.mailbox.calendars.values() if one.name.startswith(NAME)]
        self._world.mailbox.move_to_calendar(self._outlook("contract: move me").id, made[-1])
        return "\n"

    def _outlook(self, title: str) -> Any:
        return next(item for item in self._world.mailbox.events.values() if item.fields.get("subject") == title)


def test_everything_is_settled_where_one_may_write_and_does_what_is_asked(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = world.truth()
    assert world.run(*WRITER, typed=("y\n", *Does(world).everything())) == 0
    printed = text(capsys)
    assert NONE_LEFT_OUT in printed
    assert "(the sandbox:" not in printed
    assert world.truth() == before
    assert not world.note.exists()
    kept = json.loads(world.answers.read_text())
    for suite, service in ((GOOGLE, "Google"), (MICROSOFT, "Microsoft")):
        setup, *results = kept[service]
        assert setup["exchanges"][-1]["status"] in (200, 201)
        assert {one["check"] for one in results} == {check.name for check in suite.checks}
        assert [one for one in results if one.get("result", one.get("default")) != one.get("default", True)] == []
        without = {one["check"] for one in results if not one["exchanges"]}
        assert without <= {"new_calendar", "split_uid", "move_uid"}  # what was seen before


@pytest.mark.parametrize("options", [(), WRITER])
def test_nothing_personal_is_printed_or_kept(
    world: World, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    theirs = [*world.mailbox.events, world.mailbox.default_calendar, world.mailbox.oid, world.mailbox.address, "adele"]
    theirs += ["Lee", "Dentist", "Theirs", "Tokyo", "18:00", "2020-03-02"]
    world.run(*options)
    printed, kept = text(capsys), world.answers.read_text()
    assert [one for one in theirs if one in printed or one in kept] == []
    assert re.findall(r"contract\w{16}|c_\w{64}|AAMk\w{20}", kept) == []
    assert ('"subject": "subject 1"' in kept) is (options == ())


def test_without_a_token_that_may_write_outlook_is_only_read(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run(typed=("y\n", "s\n", "s\n")) == 0
    printed = text(capsys)
    assert (
        "Microsoft: read the calendar of the first mirror; write nothing, since there is no token that may" in printed
    )
    assert "19 checks; 26 others are left out" in printed
    assert re.search(r"stub_zone +'windows'", printed)
    assert re.search(r"purged_update +not settled: it was left out", printed)
    assert {exchange.method for exchange in world.graph.log} == {"GET"}


def test_which_side_holds_is_printed_and_a_difference_ends_with_1(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.google.switches.series_version = "rows"
    world.graph.switches.split_uid = "same"
    world.graph.switches.exception_members = "copied"
    taken = Fault(matches=lambda request: request.method == "POST", alter=never_taken, times=-1)
    world.google.faults.append(taken)
    only = [f"--only={name}" for name in ("series_version", "exception_members", "taken_once")]
    assert world.run(*WRITER, *only) == 1
    printed = text(capsys)
    assert "'rows' (the sandbox: 'shared')" in printed
    assert "'copied' (the sandbox: 'inherited')" in printed
    assert "DIFFERS from what calmirror relies on (it does not hold): A second insert" in printed
    assert "2 sides are known, 0 facts hold, 1 differ, 0 are not settled." in printed


def never_taken(_request: Request, answer: Answer) -> Answer:
    """An answer of a service that accepts an id twice."""
    return Answer(200, {}, b'{"id": "x"}') if answer.status == 409 else answer


@pytest.mark.parametrize("typed", [("n\n",), ("\n",), ()])
def test_nothing_is_done_without_a_yes(
    world: World, capsys: pytest.CaptureFixture[str], typed: tuple[Typed, ...]
) -> None:
    before = world.truth()
    assert world.run(*WRITER, typed=typed) == 4
    printed = text(capsys)
    assert 'Google: act in scratch calendars "calmirror contract", made for this run and deleted at its end.' in printed
    assert "series_version, changes_bring_family" in printed
    assert world.truth() == before
    assert {exchange.method for service in (world.graph, world.google) for exchange in service.log} == {"GET"}
    assert not world.answers.exists()


def test_nobody_is_there_to_do_what_is_asked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run(*WRITER, "--only=split", "--only=purged") == 0
    assert text(capsys).count("not settled: nobody was there to do it") == 3


def test_what_was_not_done_although_enter_was_pressed_is_not_settled(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run(*WRITER, "--only=split", "--only=screen", typed=("y\n", "\n", "\n")) == 0
    assert text(capsys).count("not settled: what was asked for has not been done") == 3


def test_ctrl_c_at_a_question_removes_the_calendars_and_keeps_the_answers(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = world.truth()
    typed = ("y\n", KeyboardInterrupt())
    assert world.run(*WRITER, "--only=spread", "--only=split_uid", "--only=move_uid", typed=typed) == 130
    assert "removing the scratch calendar at Microsoft" in text(capsys)
    assert world.truth() == before
    assert not world.note.exists()
    assert [one["check"] for one in json.loads(world.answers.read_text())["Google"]][1:] == ["spread", "put_spreads"]


class Process:
    """A live run as a process of its own, at the question that the check `purged_update` asks."""

    def __init__(self, world: World) -> None:
        command = [sys.executable, contract.__file__, "--live", "--config", str(world.config)]
        command += ["--answers", str(world.answers), "--only=purged_update", "--only=delta_select"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("y\n")
        self._process.stdin.flush()
        while "Please:" not in (line := self._process.stdout.readline()):
            assert line, "it ended before it asked"

    def stopped_by(self, number: signal.Signals) -> int:
        """The exit code after a signal."""
        self._process.send_signal(number)
        self._process.communicate(timeout=30)
        return self._process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_told_to_stop_removes_its_calendar(world: World, number: signal.Signals) -> None:
    before = world.truth()
    assert Process(world).stopped_by(number) == 130
    assert world.truth() == before
    assert not world.note.exists()


def test_what_a_killed_run_left_is_offered_for_removal(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    before = world.truth()
    Process(world).stopped_by(signal.SIGKILL)
    assert NAME in world.calendars()
    offer = "Google: a scratch calendar of an earlier run is left. Remove it?"
    assert world.run(typed=("n\n", "n\n")) == 4
    assert (offer in text(capsys), NAME in world.calendars()) == (True, True)
    assert world.run(typed=("y\n", "n\n")) == 4
    assert (offer in text(capsys), world.note.exists()) == (True, False)
    assert world.truth() == before
    assert world.run(typed=("n\n",)) == 4
    assert offer not in text(capsys)


def test_what_is_left_is_found_by_its_mark_where_calendars_can_be_listed(world: World) -> None:
    world.google.grant("g", [f"{SCOPE}calendar"])
    world.google.state.add_calendar(NAME, "UTC", "calmirror").description = MARK
    world.mailbox.add_calendar(f"{NAME} 1a2b")
    world.mailbox.add_calendar(f"{NAME} of my own")
    assert world.run(*WRITER, typed=("y\n", "y\n", "n\n")) == 4
    assert world.calendars() == ["adele@example.com", "Calendar", f"{NAME} of my own"]


def test_a_noted_calendar_without_the_mark_is_not_touched(world: World) -> None:
    own = world.google.add_calendar("Not a scratch calendar", created_by="calmirror")
    world.note.write_text(json.dumps([["Google", own], ["Google", "gone@group.calendar.google.com"]]))
    assert world.run("--only=spread") == 0
    assert "Not a scratch calendar" in world.calendars()
    assert not world.note.exists()


def test_a_scratch_calendar_at_microsoft_stays_noted_while_nobody_may_write(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    left = world.mailbox.add_calendar(f"{NAME} 1a2b")
    world.note.write_text(json.dumps([["Microsoft", left]]))
    world.run(typed=("n\n",))
    assert "Microsoft: a scratch calendar of an earlier run is left. Sign in to write" in text(capsys)
    assert json.loads(world.note.read_text()) == [["Microsoft", left]]


def test_a_sign_in_that_may_make_no_calendar_leaves_the_other_service_to_be_checked(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.google.grant("g", [f"{SCOPE}calendar.events"])
    assert world.run("--only=spread", "--only=delta_select") == 0
    printed = text(capsys)
    assert "no check can run: a request was refused: 403 insufficientPermissions" in printed
    assert re.search(r"delta_select +'ignored'", printed)


def test_a_sign_in_that_ends_during_the_run_leaves_a_note(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    def expire() -> str:
        del world.google.grants["g"]
        return "\n"

    assert world.run("--only=purged_update", typed=("y\n", expire)) == 4
    assert "code: sign-in-google" in text(capsys)
    world.google.grant("g", [f"{SCOPE}calendar.app.created"])
    assert world.run("--only=spread", typed=("y\n", "y\n")) == 0
    assert (NAME in world.calendars(), world.note.exists()) == (False, False)


def test_a_person_signs_in_to_write_and_the_token_is_kept_nowhere(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certified = certify(tmp_path)
    microsoft, google = MicrosoftSignIn(world.graph), GoogleSignIn(world.google)
    (tmp_path / "google.json").write_text("{}")
    with serve(world.graph, world.google, sign_in=SignIn(microsoft, google, certified)) as running:
        (tmp_path / "google.json").write_text(json.dumps(google.client_file()))
        lines = f'client_id = "{DESKTOP_APP}"\ntenant = "common"\nauthority_url = "{running.microsoft_sign_in_url}"'
        access = f'credentials = "google.json"\n[network]\nca_file = "{certified.ca_file}"'
        parts = {"graph": running.graph_url, "google": running.google_url, "microsoft": lines, "access": access}
        world.config.write_text(CONFIG.format(**parts))
        settings = load(world.config, {})
        send = SocketTransport(ca_file=certified.ca_file).send

        class Pasting:
            """Pastes the address at which the sign-in ends."""

            def __init__(self, account: str) -> None:
                self._robot = Robot(send, account)

            def tell(self, told: str) -> None:
                self._address = self._robot.accept(re.search(r"https?://\S+", told)[0])  # type: ignore[index]

            def open(self, url: str) -> bool:
                return False

            def ask(self, question: str, *, secret: bool = False) -> str:
                return self._address

        for service, account in (("Microsoft", "adele@contoso.example"), ("Google", "adele@example.com")):
            SignIns(settings).connect(service, Asking(person=Pasting(account), way=Way.PASTE))
        stored = (tmp_path / "state-tokens.json").read_text()

        def pasted() -> str:
            person = Pasting("adele@contoso.example")
            person.tell(text(capsys))
            return f"{person.ask('')}\n"

        only = ("--only=exception_members", "--sign-in=paste")
        assert world.run(*only, typed=("y\n", pasted, "y\n")) == 0
        assert re.search(r"exception_members +'inherited'", text(capsys))
        assert (tmp_path / "state-tokens.json").read_text() == stored
        assert "ReadWrite" not in stored
        assert world.run(*only, typed=("n\n", "y\n")) == 0
        assert "write nothing, since there is no token that may write" in text(capsys)
        microsoft.switches.withheld_scopes = ["Calendars.ReadWrite"]
        assert world.run(*only, typed=("y\n", pasted)) == 4
        assert "Microsoft did not grant Calendars.ReadWrite" in text(capsys)
