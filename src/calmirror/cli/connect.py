"""`calmirror connect`."""

from __future__ import annotations

import os
import sys
import time
import webbrowser
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from calmirror.cli.assemble import settings_of
from calmirror.cli.failures import pasteable, tell, worst
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.redirect_page import leading_to
from calmirror.cli.screen import clean, complain, say, say_json
from calmirror.cli.sign_ins import SignIns, Standing
from calmirror.errors import UserFixableError
from calmirror.tokens.browser import UNCHANGED
from calmirror.tokens.model import SERVICES, Service
from calmirror.tokens.person import Asking, Way

DAY = 86400
WHO = {"openid", "profile", "email", "offline_access", "userinfo.email", "userinfo.profile"}
"""Scopes that reach no calendar: who signed in, and that it lasts."""
BY = {"command": "by a token_command of yours", "app": "as an app, without a person"}


@click.command()
@click.argument(
    "service", type=click.Choice([service.lower() for service in SERVICES], case_sensitive=False), required=False
)
@click.option("--browser", "way", flag_value=Way.BROWSER, help="Sign in in a browser on this machine.")
@click.option("--device-code", "way", flag_value=Way.DEVICE, help="Microsoft: type a code in a browser anywhere.")
@click.option("--paste", "way", flag_value=Way.PASTE, help="Sign in anywhere, and paste the last address here.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="any free one", help="For --browser.")
@click.option("--timeout", type=click.IntRange(1), default=300, show_default=True, help="Seconds to wait for you.")
@click.option("--account", default="", metavar="ADDRESS", help="Only take a sign-in of this account, and ask nothing.")
@click.option("--forget", is_flag=True, help="Sign out: remove the sign-in from this machine.")
@reporting_options
def connect(asked: Asked, *, service: str | None, way: str | None, forget: bool, **given: Any) -> int:
    """Sign in to a SERVICE: microsoft or google. Without one, show how both stand.

    Microsoft is asked for reading alone, Google for calendars that this program made. Signing in again replaces an
    earlier sign-in once it has worked.
    """
    sign_ins = SignIns(settings_of(asked))
    if service is None:
        if forget:
            raise click.UsageError("--forget needs a service: microsoft or google.")
        return worst([shown(sign_ins, one, asked) for one in sign_ins.services])
    chosen = next(one for one in SERVICES if one.lower() == service)
    if forget:
        said = gone(chosen, revoked=sign_ins.forget(chosen))
        say_json({"service": service, "signed_in": False}) if asked.as_json else say(said)
        return 0
    asking = Asking(person=Terminal(), way=Way(way) if way else usual(chosen), **given)
    if chosen == "Google" and asking.way is Way.DEVICE:
        raise click.UsageError("Google offers no device code for calendars. Without a browser here: --paste")
    sign_ins.connect(chosen, asking)
    show(sign_ins.standing(chosen), asked)
    if not asked.as_json:
        say(f"Kept for you alone in {sign_ins.file.path}")
        say(pasteable(f"Next: {following(sign_ins)}", asked.config))
    return 0


class Terminal:
    """The person at this terminal. What they are told goes to stderr, so that `--json` stays clean."""

    def tell(self, text: str) -> None:
        """Shows lines of text."""
        complain(text)

    def open(self, url: str) -> bool:
        """Opens a page in their browser, where it seems that they see one."""
        if not has_browser(os.environ):
            return False
        shown = leading_to(url)
        return shown is not None and webbrowser.open(shown)

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Their answer; raises UserFixableError `sign-in-no-answer` where nobody is there to give one."""
        try:
            answer: str = click.prompt(clean(question), hide_input=secret, err=True)
        except click.Abort:
            if sys.stdin is not None and sys.stdin.isatty():
                raise KeyboardInterrupt from None
            raise UserFixableError(
                "There is no terminal to answer at",
                code="sign-in-no-answer",
                meaning=UNCHANGED,
                command="Run it in a terminal",
            ) from None
        return answer


def usual(service: Service, environ: Mapping[str, str] = os.environ) -> Way:
    """How one signs in where nothing else is asked for."""
    if has_browser(environ):
        return Way.BROWSER
    return Way.DEVICE if service == "Microsoft" else Way.PASTE


def has_browser(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser that is started here is one that the person sees."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    if platform in ("win32", "darwin"):
        return True
    return any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def gone(service: Service, *, revoked: bool) -> str:
    """What is told of a sign-in that was removed."""
    if revoked:
        return f"{service}: signed out, here and at {service}."
    where = "https://myaccount.google.com/connections" if service == "Google" else "https://myapps.microsoft.com"
    return f"{service}: signed out on this machine only. {service} did not end the sign-in; to withdraw access: {where}"


def shown(sign_ins: SignIns, service: Service, asked: Asked) -> int:
    """Prints how one service stands, or what hinders to see it; the exit code."""
    try:
        show(sign_ins.standing(service), asked)
    except UserFixableError as error:
        return tell(error, asked, service=service.lower())
    return 0


def following(sign_ins: SignIns) -> str:
    """What to type after signing in to a service."""
    for service in sign_ins.services:
        try:
            standing = sign_ins.standing(service)
        except UserFixableError:  # told in full by the command
            return f"calmirror connect {service.lower()}"
        if standing.by == "person" and standing.sign_in is None:
            return f"calmirror connect {service.lower()}"
    return "calmirror calendars"


def show(standing: Standing, asked: Asked) -> None:
    """Prints how one service stands."""
    if asked.as_json:
        say_json(as_json(standing))
    else:
        say(clean(line(standing, time.time())))


def line(standing: Standing, now: float) -> str:
    """How one service stands, in one line."""
    service, sign_in = standing.service, standing.sign_in
    if standing.by == "command" or (standing.by == "app" and sign_in is None):
        return f"{service}: {BY[standing.by]}"
    if sign_in is None:
        return f"{service}: nobody has signed in. To do so: calmirror connect {service.lower()}"
    who = f" as {sign_in.account}" if sign_in.account else " (as whom was not noted)"
    by = BY["app"] if standing.by == "app" else since(now - sign_in.signed_in_at)
    allowed = ", ".join(scope.rpartition("/")[2] for scope in sign_in.scopes if scope.rpartition("/")[2] not in WHO)
    left = f'; ends in {lasts(sign_in.ends_at - now)} (the app is in "Testing")' if sign_in.ends_at else ""
    return f"{service}: signed in{who}, {by}; allowed: {allowed or 'not said'}{left}"


def since(seconds: float) -> str:
    """How long ago a person signed in."""
    return f"{lasts(seconds)} ago" if seconds >= DAY else "today"


def lasts(seconds: float) -> str:
    """A time in days."""
    days = max(int(seconds // DAY), 0)
    return f"{days} day{'s' * (days != 1)}"


def as_json(standing: Standing) -> dict[str, Any]:
    """How one service stands, as `--json` prints it."""
    sign_in = standing.sign_in
    known = sign_in and {
        "account": sign_in.account,
        "scopes": list(sign_in.scopes),
        "signed_in_at": iso(sign_in.signed_in_at),
        "refreshed_at": iso(sign_in.refreshed_at),
        "token_expires_at": iso(sign_in.expires_at),
        "ends_at": iso(sign_in.ends_at) if sign_in.ends_at else None,
    }
    return {"service": standing.service.lower(), "by": standing.by, "signed_in": sign_in is not None} | (known or {})


def iso(moment: float) -> str:
    """A moment in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
