"""The page about signing in names every switch with its default, every error and every order, and its example runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.google.errors import CATALOGUE as GOOGLE_ERRORS
from calmirror.sandbox.signin.google.service import DESKTOP_CLIENT, SERVICE_ACCOUNT, WEB_CLIENT, GoogleSignIn
from calmirror.sandbox.signin.google.switches import GoogleSignInSwitches
from calmirror.sandbox.signin.microsoft.errors import CATALOGUE, refusal
from calmirror.sandbox.signin.microsoft.service import (
    ADMINISTRATOR,
    DAEMON_APP,
    DAEMON_SECRET,
    DESKTOP_APP,
    PERSONAL,
    MicrosoftSignIn,
)
from calmirror.sandbox.signin.microsoft.switches import MicrosoftSignInSwitches

PAGE = (Path(__file__).parents[2] / "docs/reference/sandbox-sign-in.md").read_text()


def section(title: str) -> str:
    """The page from a heading to the next."""
    return PAGE.split(f"# {title}\n")[1].split("\n#")[0]


def test_every_switch_is_on_the_page_with_its_default() -> None:
    for title, switches in (
        ("Microsoft's switches", MicrosoftSignInSwitches()),
        ("Google's switches", GoogleSignInSwitches()),
    ):
        rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section(title), re.MULTILINE)
        documented = {name: ast.literal_eval(text) for name, text in rows}
        assert documented == {name: getattr(switches, name) for name in switches.__slots__}


def test_every_error_is_on_the_page_with_its_words() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (\d+) \| ([\d, ]+) \|$", section("Errors"), re.MULTILINE)
    found = {int(number): row for row in rows for number in row[3].split(",")}
    assert found.keys() == CATALOGUE.keys()
    for number, (error, suberror, status, _) in found.items():
        known = refusal(number)
        assert (error, int(status)) == (known.error, known.status)
        assert (f"`{known.suberror}`" in suberror) == bool(known.suberror)
        assert ("claims" in suberror) == bool(known.claims)
    assert {name for name in GOOGLE_ERRORS if f"`{name}`" not in section("Google's errors")} == set()


def test_every_order_and_whoever_is_there_at_first_is_on_the_page() -> None:
    clock = SandboxClock()
    microsoft, google = MicrosoftSignIn(GraphService(clock)), GoogleSignIn(GoogleService(clock))
    for order in (*microsoft.orders, *google.orders):
        assert f"`{order}`" in section("Orders"), order
    known = (*microsoft.directory.accounts, *google.registry.accounts)
    fixed = (ADMINISTRATOR, PERSONAL, DESKTOP_APP, DAEMON_APP, DAEMON_SECRET, DESKTOP_CLIENT, WEB_CLIENT)
    for name in (*known, *fixed, SERVICE_ACCOUNT):
        assert f"`{name}`" in section("Who is there"), name


def test_the_example_on_the_page_runs() -> None:
    example = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example[1], "page", "exec"), told := {})
    url = f"{told['microsoft'].base_url}/common/oauth2/v2.0/authorize?response_type=code&redirect_uri=http://localhost"
    assert "code=" in told["person"].accept(f"{url}&client_id={DESKTOP_APP}&scope=Calendars.Read")
