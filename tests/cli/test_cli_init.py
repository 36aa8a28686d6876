"""`init`: from nothing to a verified mirror in one command."""

from __future__ import annotations

import errno
import gc
import html
import json
import os
import re
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cli_world import TOMORROW, times
from click.testing import CliRunner, Result

from calmirror.cli.init import continued
from calmirror.cli.main import main
from calmirror.cli.sandbox import both_sign_ins
from calmirror.http.message import Answer, Request
from calmirror.http.sockets import SocketTransport
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import Running, SignIn, serve
from calmirror.sandbox.service import Fault, SandboxClock
from calmirror.sandbox.signin.microsoft.service import DESKTOP_APP
from calmirror.sandbox.signin.person import Person


@dataclass
class Place:
    """An empty machine, both services with their sign-ins, and a person with a browser."""

    graph: GraphService
    google: GoogleService
    sign_in: SignIn
    running: Running
    folder: Path
    opened: list[str]
    agrees: tuple[bool, ...] = ()
    """Whether the person agrees on each page; they do on all that follow."""

    @property
    def config(self) -> Path:
        return self.folder / "home" / ".config" / "calmirror" / "calmirror.toml"

    @property
    def addresses(self) -> list[str]:
        """Where the stand-ins are, as options."""
        return [
            *("--graph-url", self.running.graph_url, "--authority-url", self.running.microsoft_sign_in_url),
            *("--api-url", self.running.google_url, "--ca-file", str(self.sign_in.certified.ca_file)),
        ]

    @property
    def registered(self) -> list[str]:
        """What a person brings along, as options."""
        return ["--client-id", DESKTOP_APP, "--credentials", str(self.client_file())]

    def client_file(self, kind: str = "installed") -> Path:
        path = self.folder / f"{kind}.json"
        content = self.sign_in.google.client_file()
        path.write_text(json.dumps({kind: content["installed"]}))
        return path

    def run(self, *words: str, answers: str = "") -> Result:
        environ = {"HOME": str(self.folder / "home"), "BROWSER": "theirs", "SSH_CONNECTION": "", "SSH_TTY": ""}
        environ |= {"XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "CALMIRROR_CONFIG": ""}
        return CliRunner().invoke(main, words, input=answers, env=environ)

    def init(self, *words: str, answers: str = "") -> Result:
        return self.run("init", *self.addresses, *words, answers=answers)

    def written(self) -> int:
        """How many events stand in Google."""
        return sum(len(calendar.events) for calendar in self.google.state.calendars.values())


def led_to(page: str) -> str:
    """Where a page that only its owner can read leads a browser."""
    file = Path(urlsplit(page).path)
    assert file.stat().st_mode & 0o077 == 0
    return html.unescape(re.search(r'url=([^"]+)"', file.read_text())[1])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    clock = SandboxClock()
    graph, google = GraphService(clock), GoogleService(clock)
    graph.mailbox.create({"subject": "Board meeting", **times(hour=9)})
    (tmp_path / "home").mkdir()
    (tmp_path / "tls").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    sign_in = both_sign_ins(graph, google, tmp_path / "tls", tls=False)
    with serve(graph, google, sign_in=sign_in) as running:
        there = Place(graph, google, sign_in, running, tmp_path, [])
        transport = SocketTransport(ca_file=sign_in.certified.ca_file)

        def browse(page: str, *_: object) -> bool:
            url = led_to(page)
            there.opened.append(url)
            agrees = (*there.agrees, *(True for _ in there.opened))[len(there.opened) - 1]

            def person() -> None:
                person = Person(transport.send)
                back = person.accept(url) if agrees else person.cancel(url)
                transport.send(Request("GET", back))

            threading.Thread(target=person, daemon=True).start()
            return True

        monkeypatch.setattr("webbrowser.open", browse)
        yield there
        transport.close()
        gc.collect()  # a connection that is kept alive would hold up the end of the servers


def test_one_command_and_at_most_five_answers_lead_to_a_verified_mirror(place: Place) -> None:
    answers = [DESKTOP_APP, "", str(place.client_file()), "y"]
    done = place.init(answers="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert len(answers) <= 5
    assert "allowed: Calendars.Read\n" in done.output
    assert "both calendars agree" in done.stdout
    assert place.run("verify").exit_code == 0
    assert place.run("plan").stdout == "work: nothing to do\n"


def test_a_script_answers_nothing(place: Place) -> None:
    done = place.init(*place.registered, "--yes")
    assert done.exit_code == 0, done.output
    assert "?" not in done.stderr.replace("?client_id", "").replace("/auth?", "")
    assert "both calendars agree" in done.stdout


def test_the_calendar_is_chosen_from_a_list(place: Place) -> None:
    place.graph.mailbox.add_calendar("Team")
    done = place.init(*place.registered, "--tenant", "common", answers="2\ny\n")
    assert "\n  2  Team" in done.stdout
    assert done.exit_code == 0, done.output
    assert tomllib.loads(place.config.read_text())["mirror"][0]["source"] == "Team"


def test_nothing_is_written_to_google_without_a_yes(place: Place) -> None:
    done = place.init(*place.registered, "--tenant", "common", answers="n\n")
    assert done.exit_code == 0, done.output
    assert "Nothing was written" in done.stdout
    assert place.written() == 0
    assert place.run("connect").stdout.count("signed in") == 2


def test_started_again_it_goes_on_where_it_stopped(place: Place) -> None:
    place.init(*place.registered, "--tenant", "common", answers="n\n")
    pages = len(place.opened)
    done = place.init(answers="y\n")
    assert done.exit_code == 0, done.output
    assert len(place.opened) == pages == 2
    assert "Going on with" in done.stdout
    assert "both calendars agree" in done.stdout


def test_a_script_that_leaves_a_question_open_is_told_the_option(place: Place) -> None:
    done = place.init("--yes")
    assert done.exit_code == 4
    assert "--client-id" in done.stderr
    assert "init-unanswered" in done.stderr
    assert not place.config.exists()


def test_input_that_ends_is_no_answer(place: Place) -> None:
    done = place.init(answers=DESKTOP_APP + "\n")
    assert done.exit_code == 4
    assert "init-unanswered" in done.stderr
    assert not place.config.exists()


@pytest.mark.parametrize("kind", ["web", "nonsense"])
def test_a_wrong_client_file_is_told_before_anything_is_written(place: Place, kind: str) -> None:
    done = place.init("--client-id", DESKTOP_APP, "--credentials", str(place.client_file(kind)), "--yes")
    assert done.exit_code == 4
    assert "google-client-file" in done.stderr
    assert not place.config.exists()


def test_a_configuration_that_would_not_be_read_is_not_left_behind(place: Place) -> None:
    done = place.init("--client-id", "no id at all", *place.registered[2:], "--yes")
    assert done.exit_code == 4
    assert "client_id" in done.stderr
    assert not place.config.exists()


def test_an_answer_that_cannot_be_right_is_asked_for_again(place: Place) -> None:
    web = place.client_file("web")
    answers = ["my app", f" {DESKTOP_APP} ", "con toso", "", str(web), "nosuch.json", f"'{place.client_file()}'", "y"]
    done = place.init(answers="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert done.stderr.count("must consist of letters") == 2
    assert f"{web} is for a web application" in done.stderr
    assert "nosuch.json does not exist" in done.stderr


def test_what_makes_a_configuration_unusable_is_to_be_given_anew_and_not_to_be_looked_for_in_a_file(
    place: Place,
) -> None:
    done = place.init("--client-id", "no id at all", *place.registered[2:], "--yes")
    assert str(place.config) not in done.output
    assert "begin again: calmirror init" in done.stderr


def test_a_client_file_that_cannot_be_kept_is_told_and_leaves_no_half_behind(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(os, "fdopen", fails)
        done = place.init(*place.registered, "--yes")
    assert done.exit_code == 4
    assert "config-unwritable" in done.stderr
    assert place.init(*place.registered, "--yes").exit_code == 0
    assert tomllib.loads(place.config.read_text())["google"]["credentials"] == "credentials/google_credentials.json"


def fails(handle: int, *_: object) -> None:
    """A disk that is full."""
    os.close(handle)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_where_nothing_is_to_be_written_nothing_is_asked(place: Place) -> None:
    place.init(*place.registered, "--yes")
    done = place.init()
    assert done.exit_code == 0, done.output
    assert "both calendars agree" in done.stdout


def test_the_client_file_is_kept_beside_the_configuration_for_its_owner_alone(place: Place) -> None:
    place.init(*place.registered, "--yes")
    kept = place.config.parent / "credentials" / "google_credentials.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    (place.folder / "installed.json").unlink()
    assert place.run("doctor").exit_code == 0


@pytest.fixture
def address() -> Iterator[str]:
    """Where a published calendar of one event is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/calendar")
            self.end_headers()
            self.wfile.write("\r\n".join((*HEAD, *event("one", TOMORROW), "END:VCALENDAR", "")).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/secret-word/calendar.ics"
        server.shutdown()


HEAD = ("BEGIN:VCALENDAR", "METHOD:PUBLISH", "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0")


def event(uid: str, day: date) -> list[str]:
    times = [f"DTSTART:{day:%Y%m%d}T090000Z", f"DTEND:{day:%Y%m%d}T100000Z", "DTSTAMP:20260101T000000Z"]
    return ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{uid}", *times, "END:VEVENT"]


def test_a_published_calendar_takes_three_answers_and_no_sign_in_at_microsoft(place: Place, address: str) -> None:
    done = place.init(answers=f"{address}\n{place.client_file()}\ny\n")
    assert done.exit_code == 0, done.output
    assert "both calendars agree: 1 occurrence" in done.stdout
    assert len(place.opened) == 1
    assert "secret-word" not in done.stdout.replace(address, "", 1)
    said = place.run("doctor")
    assert said.exit_code == 0, said.output
    assert "published calendar of work: it is whole" in said.stdout
    assert "secret-word" not in said.output


def test_the_doctor_knows_who_signed_in_and_that_google_may_end_it_after_a_week(place: Place) -> None:
    place.init(*place.registered, "--yes")
    said = place.run("doctor").stdout
    assert "sign-in to Microsoft: signed in as" in said
    assert "Google ends this sign-in in 7 days" in said


def test_the_doctor_hands_out_the_administrators_link_where_nobody_has_signed_in(place: Place) -> None:
    place.init(*place.registered, "--yes")
    place.run("connect", "microsoft", "--forget")
    done = place.run("doctor")
    assert done.exit_code == 4
    assert "calmirror connect microsoft" in done.stdout
    assert f"/adminconsent?client_id={DESKTOP_APP}" in done.stdout


def test_an_empty_calendar_is_asked_about_and_never_called_right(place: Place) -> None:
    for event in list(place.graph.mailbox.events):
        place.graph.mailbox.delete(event)
    for answer, code in (("n", 6), ("y", 0)):
        done = place.init(*place.registered, "--tenant", "common", answers=f"{answer}\n")
        assert done.exit_code == code, done.output
        assert "has no event from" in done.output
        assert place.graph.mailbox.address in done.stdout
    assert "neither shows an event" in done.stdout
    assert "proved" not in done.stdout


def test_a_script_does_not_take_an_empty_calendar_for_granted(place: Place) -> None:
    for event in list(place.graph.mailbox.events):
        place.graph.mailbox.delete(event)
    done = place.init(*place.registered, "--yes")
    assert done.exit_code == 6
    assert "empty-source" in done.stderr
    assert place.init(*place.registered, "--yes", "--accept-empty").exit_code == 0


def test_a_first_plan_says_whose_calendars_they_are(place: Place) -> None:
    done = place.init(*place.registered, "--yes")
    sign_ins = [json.loads(line) for line in place.run("connect", "--json").stdout.splitlines()]
    [microsoft, google] = [one["account"] for one in sign_ins]
    assert (
        f'From the default Outlook calendar of {microsoft} to the Google calendar "Outlook" of {google}' in done.stdout
    )


UNKNOWN_APP = "00000000-0000-4000-8000-000000000000"


def test_an_application_id_that_microsoft_does_not_know_is_told_before_the_browser_opens(place: Place) -> None:
    done = place.init("--client-id", UNKNOWN_APP, *place.registered[2:], "--tenant", "common")
    assert done.exit_code == 4
    assert "sign-in-registration" in done.stderr
    assert "AADSTS700016" in done.stderr
    assert place.opened == []


@pytest.mark.parametrize("tenant", ["contoso-that-is-not.example", "00000000-0000-4000-8000-00000000dead"])
def test_a_tenant_that_does_not_exist_is_told_before_the_browser_opens(place: Place, tenant: str) -> None:
    done = place.init(*place.registered, "--tenant", tenant)
    assert done.exit_code == 4
    assert place.opened == []


def test_an_answer_that_was_wrong_is_corrected_by_running_it_again(place: Place) -> None:
    done = place.init(answers=f"{UNKNOWN_APP}\n\n{place.client_file()}\n")
    assert done.exit_code == 4, done.output
    done = place.init(answers=f"{DESKTOP_APP}\n\n\ny\n")
    assert done.exit_code == 0, done.output
    assert f"[{UNKNOWN_APP}]" in done.stderr
    assert tomllib.loads(place.config.read_text())["microsoft"]["client_id"] == DESKTOP_APP
    assert "both calendars agree" in done.stdout


def test_a_tenant_is_corrected_and_the_application_id_stays(place: Place) -> None:
    done = place.init(*place.registered, "--tenant", "nosuch.example")
    assert done.exit_code == 4, done.output
    done = place.init(answers="\ncommon\n\ny\n")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("option", "value", "key"),
    [("--source", "Team", "source"), ("--destination", "Elsewhere", "destination"), ("--name", "mine", "name")],
)
def test_until_the_mirror_has_begun_an_option_corrects_what_was_answered(
    place: Place, option: str, value: str, key: str
) -> None:
    place.graph.mailbox.create({"subject": "Sprint", **times(hour=9)}, place.graph.mailbox.add_calendar("Team"))
    place.init(*place.registered, "--tenant", "common", answers="1\nn\n")
    done = place.init(option, value, answers="y\n" if key == "source" else "\ny\n")
    assert done.exit_code == 0, done.output
    assert tomllib.loads(place.config.read_text())["mirror"][0][key] == value
    assert len(place.opened) == 2
    done = place.init(option, "Third")
    assert "left aside" in done.stdout
    assert tomllib.loads(place.config.read_text())["mirror"][0][key] == value


def test_a_correction_that_would_not_be_read_changes_nothing(place: Place) -> None:
    place.init(*place.registered, "--tenant", "common", answers="n\n")
    before = place.config.read_text()
    done = place.init("--client-id", "no id at all")
    assert done.exit_code == 4
    assert place.config.read_text() == before


def test_a_configuration_that_was_changed_by_hand_stays_as_it_is(place: Place) -> None:
    place.init(*place.registered, "--tenant", "common", answers="n\n")
    text = place.config.read_text() + "\n# mine\n"
    place.config.write_text(text)
    done = place.init("--destination", "Elsewhere", answers="n\n")
    assert "left aside" in done.stdout
    assert place.config.read_text() == text


def test_the_address_of_a_published_calendar_is_corrected_and_not_shown(place: Place, address: str) -> None:
    wrong = address.replace("calendar.ics", "calender.txt").replace("127.0.0.1", "localhost")
    done = place.init(answers=f"{address}\n{place.client_file()}\nn\n")
    assert done.exit_code == 0, done.output
    done = place.init(answers="\nn\n")
    assert done.exit_code == 0, done.output
    assert "secret-word" not in done.output
    assert tomllib.loads(place.config.read_text())["mirror"][0]["source"] == address
    place.init(answers=f"{wrong}\nn\n")
    assert tomllib.loads(place.config.read_text())["mirror"][0]["source"] == wrong


@pytest.mark.parametrize("destination", ["primary", "their address"])
def test_a_calendar_that_exists_is_asked_for_with_the_scope_that_reaches_it(place: Place, destination: str) -> None:
    wanted = place.google.state.user if "address" in destination else destination
    done = place.init(*place.registered, "--destination", wanted, "--yes")
    assert done.exit_code == 0, done.output
    assert "all calendars that you own" in done.stdout
    assert tomllib.loads(place.config.read_text())["google"]["scope"] == "owned"


def command_of(done: Result) -> str:
    """What an error of `init` says to type."""
    [line] = [line for line in done.stderr.splitlines() if line.startswith("  → ")]
    return line.removeprefix("  → ")


def test_a_wrong_application_id_is_corrected_by_other_answers_and_says_so(place: Place) -> None:
    done = place.init("--client-id", UNKNOWN_APP, *place.registered[2:], "--tenant", "common")
    assert command_of(done) == "Correct the app's registration, or give other answers: calmirror init"


@pytest.mark.parametrize("agrees", [(False,), (True, False)])
def test_who_declined_a_sign_in_begins_again_with_the_same_command(place: Place, agrees: tuple[bool, ...]) -> None:
    place.agrees = agrees
    declined = place.init(*place.registered, "--tenant", "common", "--yes")
    assert (declined.exit_code, command_of(declined)) == (4, "calmirror init")
    again = place.init("--yes")
    assert again.exit_code == 0, again.output
    assert len(place.opened) == 3


def test_a_sign_in_service_that_is_down_promises_no_run_and_no_sign_in(place: Place) -> None:
    down = Answer(503, {"retry-after": "3600"})
    place.sign_in.google.faults.append(Fault(matches=lambda one: "token" in one.url, answer=down, times=-1))
    done = place.init(*place.registered, "--tenant", "common", "--yes")
    later = "Try again later: calmirror init. To see what is in the way: calmirror doctor"
    assert (done.exit_code, command_of(done)) == (5, later)
    assert "still there" not in done.stderr
    assert "next run" not in done.stderr


def test_what_only_connect_can_do_is_followed_by_init() -> None:
    way = "On a machine that your organisation manages: calmirror connect microsoft --browser"
    assert continued(way) == f"{way}, then: calmirror init"
    assert (
        continued("calmirror connect google (and leave the box ticked)") == "calmirror init (and leave the box ticked)"
    )
