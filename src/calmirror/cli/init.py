"""`calmirror init`: from nothing to a first mirror."""

from __future__ import annotations

import os
import re
import time
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.assemble import Clients, open_state_to_look, settings_of
from calmirror.cli.each import each_mirror
from calmirror.cli.failures import pasteable
from calmirror.cli.init_questions import Given, Questions
from calmirror.cli.options import Asked
from calmirror.cli.question import EMPTY_SOURCE
from calmirror.cli.screen import clean, say
from calmirror.cli.sign_ins import SignIns
from calmirror.config import load
from calmirror.config.find import VARIABLE
from calmirror.config.folders import config_folder, data_folder
from calmirror.config.trust import agree
from calmirror.config.written import as_toml, read_back, rewrite, write_new
from calmirror.errors import UNTOUCHED, CalmirrorError, ConfigError, UserFixableError
from calmirror.mirror.run import run
from calmirror.tokens.person import Asking, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calmirror.cli.assemble import Wired
    from calmirror.config import MirrorSettings, Settings
    from calmirror.config.written import Wanted
    from calmirror.mirror.report import Report
    from calmirror.tokens.model import Service

FILE = "calmirror.toml"
SHOWN = 8
"""Lines of the first plan that are shown; `calmirror plan` shows all."""
AGAIN = "calmirror init"
CONNECT = re.compile("calmirror connect (microsoft|google)")
CONNECT_WITH = re.compile(CONNECT.pattern + " --")
DONE = """\
Done. To keep it up to date, every fifteen minutes:
  calmirror schedule install
By hand, which is safe at any time: calmirror sync. When something seems wrong: calmirror doctor"""
LATER = """\
Nothing was written to either calendar. The configuration and the sign-ins are kept; when you want to go on:
  calmirror plan
  calmirror sync
To correct an answer, say it as an option: calmirror init --source NAME --destination NAME"""


@click.command()
@click.option("--client-id", help="Of your app registration at Microsoft.")
@click.option("--tenant", help="Your directory (tenant) id, if the app is for your organisation alone.")
@click.option("--credentials", type=click.Path(path_type=Path), help="Google's client file of your desktop app.")
@click.option("--source", help="Outlook calendar: its name or id, or the address of a published one.")
@click.option("--destination", show_default="Outlook", help="Google calendar to make, or an id.")
@click.option("--name", show_default="work", help="What the mirror is called in commands.")
@click.option("--device-code", is_flag=True, help="Sign in to Microsoft with a code, in a browser on any machine.")
@click.option(
    "--paste", is_flag=True, help="Sign in to Google in a browser on any machine, and paste its last address."
)
@click.option(
    "--accept-empty", is_flag=True, help="Mirror a calendar that has no event yet: you know it is the right one."
)
@click.option("--yes", is_flag=True, help="Ask nothing: take the defaults, and write.")
@click.option("--graph-url", default="", help="Another Microsoft Graph: a national cloud, or the sandbox.")
@click.option("--authority-url", default="", help="Another sign-in service of Microsoft's, likewise.")
@click.option("--api-url", default="", help="Another Google Calendar: the sandbox.")
@click.option("--ca-file", default="", help="Certificates to trust besides the usual ones, in PEM.")
@click.option(
    "--state", "state_url", default="", help="Where to remember what was mirrored; else the platform's folder."
)
@click.option("--config", type=click.Path(path_type=Path), metavar="PATH", help="Where to write the configuration.")
@click.option("--traceback", "--verbose", is_flag=True, help="Of a bug in calmirror, show where it arose.")
@click.pass_context
def init(
    ctx: click.Context,
    /,
    config: Path | None,
    *,
    traceback: bool,
    device_code: bool,
    paste: bool,
    accept_empty: bool,
    **given: Any,
) -> int:
    """Set up a first mirror: a few questions, both sign-ins, a plan, and your word before anything is written.

    Started again, it goes on where it stopped, and lets you correct what you answered.
    """
    root = ctx.find_root()
    before = root.obj.config if isinstance(root.obj, Asked) else None
    path = place(config or before)
    # Where the file lies where it is looked for anyway, commands need not name it.
    root.obj = asked = Asked(config=None if path == place(None) else path, traceback=traceback)
    settings, wanted, questions = configured(path, asked, Given(**given), named=bool(config or before))
    sign_in(settings, {"Microsoft": Way.DEVICE if device_code else None, "Google": Way.PASTE if paste else None})
    settings = with_source(settings, wanted, questions)
    planned: list[Report] = []
    shown = partial(beginning, planned, SignIns(settings).accounts(), questions)
    code = each_mirror(asked, lambda wired: run(wired.mirror, dry_run=True, accept_empty=accept_empty), shown)
    if code:
        return code
    writes = any(report.plan and report.plan.actions for report in planned)
    if writes and not questions.go("Write this to Google?"):
        say(pasteable(LATER, asked.config))
        return 0
    return filled(ctx, empty=accept_empty or any(report.refused for report in planned))


def place(named: Path | None) -> Path:
    """Where the configuration is, or is to be."""
    if named is not None:
        return named.expanduser().absolute()
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).absolute()
    here = Path(FILE).absolute()
    return here if here.exists() else config_folder(os.environ) / FILE


def configured(path: Path, asked: Asked, given: Given, *, named: bool) -> tuple[Settings, Wanted | None, Questions]:
    """The configuration: the one that is there, or one from answers, which are returned too; and who asks further.

    One that `init` wrote, and nobody changed, is written anew from other answers until its mirror has begun.
    """
    if not path.exists():
        questions = Questions(given)
        wanted = questions.wanted(path.parent)
        write_new(path, as_toml(wanted))
        settings = usable(path, path.unlink)
        agree(path, data_folder(os.environ))
        say(f"Written: {path}.")
        return settings, wanted, questions
    if named:
        agree(path, data_folder(os.environ))
    settings = settings_of(asked)
    before = path.read_text(encoding="utf-8")
    earlier = None if has_begun(settings) else read_back(before)
    if earlier is None:
        say(f"Going on with the configuration {path}, as it is; what options say of it is left aside.")
        return settings, None, Questions(given)
    say(f"Going on with the configuration {path}; what you answer now, or say in options, is changed in it.")
    questions = Questions(given, earlier, settled(settings))
    after = as_toml(wanted := questions.wanted(path.parent))
    rewrite(path, before, after)
    return usable(path, partial(rewrite, path, after, before)), wanted, questions


def usable(path: Path, undo: Callable[[], object]) -> Settings:
    """The configuration that was just written; where it is of no use, it is undone."""
    try:
        return load(path)
    except ConfigError as error:
        undo()
        raise ConfigError(
            error.problems, command="Give another answer to that, and begin again: calmirror init"
        ) from None


def has_begun(settings: Settings) -> bool:
    """Whether anything has been mirrored: then other answers would make another mirror."""
    names = {mirror.name for mirror in settings.mirrors}
    with closing(open_state_to_look(settings)) as store:
        return any(state.destination_calendar for state in store.mirrors() if state.name in names)


def settled(settings: Settings) -> list[Service]:
    """The services that somebody has signed in to with this configuration."""
    sign_ins = SignIns(settings)
    found: list[Service] = []
    for service in sign_ins.services:
        with suppress(UserFixableError):  # a client file that is of no use is asked for again
            found += [service] if sign_ins.standing(service).sign_in is not None else []
    return found


def sign_in(settings: Settings, ways: dict[Service, Way | None]) -> None:
    """Has the person sign in to the services that nobody has signed in to yet.

    Args:
        ways: how; None for the usual way of this machine.
    """
    from calmirror.cli.connect import Terminal, line, usual  # noqa: PLC0415 - the questions come first

    sign_ins = SignIns(settings)
    for service in sign_ins.services:
        standing = sign_ins.standing(service)
        if standing.sign_in is None and standing.by != "command":
            try:
                sign_ins.connect(service, Asking(person=Terminal(), way=ways[service] or usual(service)))
            except CalmirrorError as error:
                error.meaning, error.command = UNTOUCHED, continued(error.command)
                raise
            say(clean(line(sign_ins.standing(service), time.time())))


def continued(command: str) -> str:
    """What helps after a sign-in that failed here: to run `init` again, which asks again for what may be wrong."""
    from calmirror.microsoft.sign_in_errors import BY_HAND  # noqa: PLC0415 - only where a sign-in failed

    command = command.replace(BY_HAND, "Correct the app's registration, or give other answers:")
    if CONNECT_WITH.search(command):
        return f"{command}, then: {AGAIN}"
    return CONNECT.sub(AGAIN, command)


def with_source(settings: Settings, wanted: Wanted | None, questions: Questions) -> Settings:
    """The configuration with the Outlook calendar that the person chooses from a list."""
    if wanted is None or not wanted.client_id:
        return settings
    source = questions.source(Clients(settings).outlook().calendars())
    chosen = replace(wanted, mirror={**wanted.mirror, "source": source})
    rewrite(settings.path, as_toml(wanted), as_toml(chosen))
    return load(settings.path)


def beginning(
    planned: list[Report], accounts: Mapping[Service, str], questions: Questions, wired: Wired, report: Report
) -> int:
    """Shows the beginning of a plan and its summary, and adds it to `planned`; refuses what a sync would refuse.

    Where the source is empty, the person is asked whether it is the right one.
    """
    from calmirror.cli import plan_lines  # noqa: PLC0415 - with the plan come its parts
    from calmirror.cli.left_out import left_out  # noqa: PLC0415 - likewise

    if report.refused is not None:
        empty = report.refused.code == EMPTY_SOURCE
        if not (empty and questions.is_right_though_empty(report.refused.what)):
            raise report.refused
    planned.append(report)
    this_year = plan_lines.year_of(wired.mirror.clock.now())
    *actions, summary = plan_lines.lines(report, left_out(report, wired.mirror.store), None, this_year=this_year)
    source, google = reader(wired.mirror.settings, accounts), of(accounts.get("Google"))
    say(clean(f'From {source} to the Google calendar "{wired.mirror.settings.destination}"{google}:'))
    for line in actions[:SHOWN]:
        say(line.text, style=line.style)
    if len(actions) > SHOWN:
        say(f"  … and {len(actions) - SHOWN} more lines, which calmirror plan shows")
    say(summary.text)
    return 0


def reader(settings: MirrorSettings, accounts: Mapping[Service, str]) -> str:
    """What is read, and whose it is where that is known."""
    if settings.feed:
        return "the published calendar"
    source = f'the Outlook calendar "{settings.source}"' if settings.source else "the default Outlook calendar"
    return source + of(settings.mailbox or accounts.get("Microsoft"))


def of(account: str | None) -> str:
    """Whose something is, where that is known."""
    return f" of {account}" if account else ""


def filled(ctx: click.Context, *, empty: bool) -> int:
    """Writes the mirror and proves it; `empty` says that an empty source is the right one."""
    from calmirror.cli.sync import sync  # noqa: PLC0415 - only now
    from calmirror.cli.verify import verify  # noqa: PLC0415 - likewise

    code: int = ctx.invoke(sync, accept_empty=empty) or ctx.invoke(verify)
    if code == 0:
        say(pasteable(DONE, ctx.find_root().obj.config))
    return code
