"""`calmirror connect` as a process, over real sockets and TLS, with a browser that signs in by itself."""

from __future__ import annotations

import gc
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from browser_robot import CHROMIUM

from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import SignIn, serve
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.google.service import GoogleSignIn
from calmirror.sandbox.signin.microsoft.service import DESKTOP_APP, MicrosoftSignIn
from calmirror.sandbox.signin.tls import certify

ROBOT = Path(__file__).parent / "browser_robot.py"
ACCOUNTS = {"microsoft": "adele@contoso.example", "google": "adele@example.com"}
CALMIRROR = [sys.executable, "-m", "calmirror"]


class Served:
    """Both services on loopback, and a configuration that points at them."""

    def __init__(self, folder, graph, google, sign_in, running):
        self.folder, self.graph, self.google, self.sign_in = folder, graph, google, sign_in
        client_file = sign_in.google.client_file()
        (folder / "google.json").write_text(json.dumps(client_file))
        (folder / "calmirror.toml").write_text(
            f'[state]\nurl = "sqlite:///state.db"\n'
            f'[microsoft]\nclient_id = "{DESKTOP_APP}"\ngraph_url = "{running.graph_url}"\n'
            f'authority_url = "{running.microsoft_sign_in_url}"\n'
            f'[google]\ncredentials = "google.json"\napi_url = "{running.google_url}"\n'
            f'[network]\nca_file = "{sign_in.certified.ca_file}"\n[[mirror]]\nname = "work"\n'
        )

    def environ(self, service, kind="plain"):
        browser = shlex.join([sys.executable, str(ROBOT), kind, ACCOUNTS[service]]) + " %s"
        known = {name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "DISPLAY"))}
        ca = str(self.sign_in.certified.ca_file)
        own = {"CALMIRROR_CONFIG": str(self.folder / "calmirror.toml")}
        return known | own | {"BROWSER": browser, "SANDBOX_CA": ca, "SHOWN": str(self.folder / "shown")}

    def run(self, *words, environ=None, **more):
        return subprocess.run(
            [*CALMIRROR, *words],
            check=False,
            cwd=self.folder,
            env=environ or self.environ("microsoft"),
            capture_output=True,
            text=True,
            timeout=60,
            **more,
        )

    def kept(self):
        kept = json.loads((self.folder / "state-tokens.json").read_text())["sign_ins"]
        return {name.partition(" ")[0]: sign_in for name, sign_in in kept.items()}


@pytest.fixture
def served(tmp_path):
    clock = SandboxClock()
    graph, google = GraphService(clock), GoogleService(clock)
    graph.mailbox.create(
        {
            "subject": "Board meeting",
            "start": {"dateTime": "2026-11-24T09:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-11-24T10:00:00", "timeZone": "UTC"},
        }
    )
    sign_in = SignIn(MicrosoftSignIn(graph), GoogleSignIn(google), certify(tmp_path))
    sign_in.microsoft.switches.device_interval = 1
    with serve(graph, google, sign_in=sign_in) as running:
        yield Served(tmp_path, graph, google, sign_in, running)
        gc.collect()  # a connection that is kept alive would hold up the end of the server for a second


@pytest.mark.parametrize(
    "kind",
    ["plain", pytest.param("chromium", marks=pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here"))],
)
def test_both_sign_ins_in_a_browser_and_a_sync_that_imports_nothing_of_them(served, kind):
    for service, account in ACCOUNTS.items():
        done = served.run("connect", service, environ=served.environ(service, kind))
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{service.capitalize()}: signed in")
        assert done.stdout.endswith(f"Next: calmirror {'connect google' if service == 'microsoft' else 'calendars'}\n")
        assert f"signed in as {account}, " in done.stdout
        assert "go back to the terminal" in (served.folder / "shown").read_text()
        kept = served.kept()[service.capitalize()]
        assert not [one for one in (kept["access_token"], kept["refresh_token"]) if one in done.stdout + done.stderr]
    assert stat.S_IMODE((served.folder / "state-tokens.json").stat().st_mode) == 0o600
    if kind == "chromium":
        return
    synced = served.run("sync", "--traceback")
    assert (synced.returncode, synced.stdout.split(" — ")[0]) == (0, "work: exact"), synced.stderr
    idle = served.run("sync", environ=served.environ("google") | {"PYTHONPROFILEIMPORTTIME": "1"})
    assert "nothing to write" in idle.stdout
    imported = {line.rpartition("|")[2].strip() for line in idle.stderr.splitlines()}
    slow = {"msal", "google.auth", "requests", "keyring", "cryptography", "calmirror.microsoft.sign_in", "http.server"}
    assert not imported & (slow | {"calmirror.google.sign_in", "secrets"})


def test_processes_that_meet_one_expired_token_renew_it_once(served):
    for service in ACCOUNTS:
        assert served.run("connect", service, environ=served.environ(service)).returncode == 0
    content = json.loads((served.folder / "state-tokens.json").read_text())
    for sign_in in content["sign_ins"].values():
        sign_in["expires_at"] = 0
    (served.folder / "state-tokens.json").write_text(json.dumps(content))
    services = [served.sign_in.microsoft, served.sign_in.google]
    before = [len(service.log) for service in services]
    processes = [
        subprocess.Popen([*CALMIRROR, "calendars"], cwd=served.folder, stdout=subprocess.DEVNULL) for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    asked = [
        [exchange.path for exchange in service.log[first:] if exchange.path.endswith("/token")]
        for service, first in zip(services, before, strict=True)
    ]
    assert [len(paths) for paths in asked] == [1, 1]


def test_a_device_code_over_ssh(served):
    """The person reads the page and the code in the terminal, and types it elsewhere."""
    from calmirror.sandbox.signin.person import Person

    environ = served.environ("microsoft") | {"SSH_CONNECTION": "203.0.113.7 1 203.0.113.8 22"}
    process = subprocess.Popen(
        [*CALMIRROR, "connect", "microsoft"],
        cwd=served.folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    told = ""
    while not (shown := re.search(r"(https://\S+)\ncode: (\S+)\n", told)):
        told += process.stderr.readline()
    Person(served.sign_in.microsoft.answer, ACCOUNTS["microsoft"]).enter_code(shown[1], shown[2])
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "signed in as adele@contoso.example, today" in out


def test_certificates_are_always_checked_and_a_file_of_them_that_cannot_be_used_is_told(served):
    config = served.folder / "calmirror.toml"
    text = config.read_text()
    ca_file = str(served.sign_in.certified.ca_file)
    config.write_text(text.replace(f'ca_file = "{ca_file}"', ""))
    done = served.run("connect", "microsoft")
    assert (done.returncode, "TLS certificate" in done.stderr) == (5, True)
    (served.folder / "no.pem").write_text("not PEM")
    for wrong in ("nowhere.pem", "no.pem"):
        config.write_text(text.replace(ca_file, wrong))
        done = served.run("connect", "microsoft")
        assert (done.returncode, "code: ca-file" in done.stderr) == (4, True)


def test_without_a_terminal_nothing_can_be_pasted_and_it_says_so(served):
    environ = {name: value for name, value in served.environ("google").items() if name != "BROWSER"}
    done = served.run("connect", "google", environ=environ, stdin=subprocess.DEVNULL)
    assert done.returncode == 4
    assert "code: sign-in-no-answer" in done.stderr


def test_a_browser_that_never_comes_back_and_ctrl_c_leave_the_earlier_sign_in(served):
    assert served.run("connect", "google", environ=served.environ("google")).returncode == 0
    before = served.kept()
    environ = served.environ("google") | {"BROWSER": "true"}
    done = served.run("connect", "google", "--timeout", "1", environ=environ)
    assert done.returncode == 4
    assert "code: sign-in-no-answer" in done.stderr
    process = subprocess.Popen(
        [*CALMIRROR, "connect", "google"], cwd=served.folder, env=environ, stderr=subprocess.PIPE, text=True
    )
    while "Waiting" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert served.kept() == before


def test_how_both_stand_in_words_and_as_json(served):
    assert served.run("connect").stdout == (
        "Microsoft: nobody has signed in. To do so: calmirror connect microsoft\n"
        "Google: nobody has signed in. To do so: calmirror connect google\n"
    )
    done = served.run("connect", "google", "--json", environ=served.environ("google"))
    signed_in = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert (signed_in["service"], signed_in["by"], signed_in["signed_in"]) == ("google", "person", True)
    nobody, google = map(json.loads, served.run("connect", "--json").stdout.splitlines())
    assert nobody == {"service": "microsoft", "by": "person", "signed_in": False}
    assert google == signed_in
    assert served.run("connect", "google", "--forget").stdout == "Google: signed out, here and at Google.\n"
    assert served.run("connect", "google", "--device-code").returncode == 2
    assert served.run("connect", "--forget").returncode == 2
    (served.folder / "google.json").unlink()
    done = served.run("connect")
    assert (done.returncode, done.stdout.count("nobody has signed in")) == (4, 1)
    assert "code: google-client-file" in done.stderr
