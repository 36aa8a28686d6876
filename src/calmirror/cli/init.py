"""`calmirror init`: from nothing to a first mirror."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.assemble import Clients, settings_of
from calmirror.cli.each import each_mirror
from calmirror.cli.failures import pasteable
from calmirror.cli.init_questions import Given, Questions
from calmirror.cli.options import Asked
from calmirror.cli.screen import clean, say
from calmirror.cli.sign_ins import SignIns
from calmirror.config import load
from calmirror.config.find import VARIABLE
from calmirror.config.folders import config_folder, data_folder
from calmirror.config.trust import agree
from calmirror.config.written import as_toml, rewrite, write_new
from calmirror.errors import ConfigError
from calmirror.mirror.run import run
from calmirror.tokens.person import Asking, Way

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.config import Settings
    from calmirror.config.written import Wanted
    from calmirror.mirror.report import Report
    from calmirror.tokens.model import Service

FILE = "calmirror.toml"
SHOWN = 8
"""Lines of the first plan that are shown; `calmirror plan` shows all."""
DONE = """\
The mirror is right, and it has been proved. To have it kept up to date, every fifteen minutes:
  calmirror schedule install
By hand, which is safe at any time: calmirror sync. When something seems wrong: calmirror doctor"""
LATER = """\
Nothing was written to either calendar. The configuration and the sign-ins are kept; when you want to go on:
  calmirror plan
  calmirror sync"""


@click.command()
@click.option("--client-id", help="Of your app registration at Microsoft.")
@click.option("--tenant", help="Your directory (tenant) id, if the app is for your organisation alone.")
@click.option("--credentials", type=click.Path(path_type=Path), help="Google's client file of your desktop app.")
@click.option("--source", help="Outlook calendar: its name or id, or the address of a published one.")
@click.option("--destination", default="Outlook", show_default=True, help="Google calendar to make, or an id.")
@click.option("--name", default="work", show_default=True, help="What the mirror is called in commands.")
@click.option("--device-code", is_flag=True, help="Sign in to Microsoft with a code, in a browser on any machine.")
@click.option(
    "--paste", is_flag=True, help="Sign in to Google in a browser on any machine, and paste its last address."
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
    ctx: click.Context, /, config: Path | None, *, traceback: bool, device_code: bool, paste: bool, **given: Any
) -> int:
    """Set up a first mirror: a few questions, both sign-ins, a plan, and your word before anything is written.

    Started again, it goes on where it stopped.
    """
    root = ctx.find_root()
    before = root.obj.config if isinstance(root.obj, Asked) else None
    path = place(config or before)
    # Where the file lies where it is looked for anyway, commands need not name it.
    root.obj = asked = Asked(config=None if path == place(None) else path, traceback=traceback)
    questions = Questions(Given(**given))
    settings, wanted = configured(path, asked, questions, named=bool(config or before))
    sign_in(settings, {"Microsoft": Way.DEVICE if device_code else None, "Google": Way.PASTE if paste else None})
    settings = with_source(settings, wanted, questions)
    planned: list[Report] = []
    code = each_mirror(asked, lambda wired: run(wired.mirror, dry_run=True), partial(beginning, planned))
    if code:
        return code
    writes = any(report.plan and report.plan.actions for report in planned)
    if writes and not questions.go("Write this to Google?"):
        say(pasteable(LATER, asked.config))
        return 0
    return filled(ctx)


def place(named: Path | None) -> Path:
    """Where the configuration is, or is to be."""
    if named is not None:
        return named.expanduser().absolute()
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).absolute()
    here = Path(FILE).absolute()
    return here if here.exists() else config_folder(os.environ) / FILE


def configured(path: Path, asked: Asked, questions: Questions, *, named: bool) -> tuple[Settings, Wanted | None]:
    """The configuration: the one that is there, or a new one from answers, which is returned too."""
    if path.exists():
        say(f"Going on with the configuration {path}, as it is; what options say of it is left aside.")
        if named:
            agree(path, data_folder(os.environ))
        return settings_of(asked), None
    wanted = questions.wanted(path.parent)
    write_new(path, as_toml(wanted))
    try:
        settings = load(path)
    except ConfigError as error:
        path.unlink()  # it was ours, and it is of no use
        raise ConfigError(
            error.problems, command="Give another answer to that, and begin again: calmirror init"
        ) from None
    agree(path, data_folder(os.environ))
    say(f"Written: {path}.")
    return settings, wanted


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
            sign_ins.connect(service, Asking(person=Terminal(), way=ways[service] or usual(service)))
            say(clean(line(sign_ins.standing(service), time.time())))


def with_source(settings: Settings, wanted: Wanted | None, questions: Questions) -> Settings:
    """The configuration with the Outlook calendar that the person chooses from a list."""
    if wanted is None or not wanted.client_id:
        return settings
    source = questions.source(Clients(settings).outlook().calendars())
    chosen = replace(wanted, mirror={**wanted.mirror, "source": source})
    rewrite(settings.path, as_toml(wanted), as_toml(chosen))
    return load(settings.path)


def beginning(planned: list[Report], wired: Wired, report: Report) -> int:
    """Shows the beginning of a plan and its summary, and adds it to `planned`; refuses what a sync would refuse."""
    from calmirror.cli import plan_lines  # noqa: PLC0415 - with the plan come its parts
    from calmirror.cli.left_out import left_out  # noqa: PLC0415 - likewise

    if report.refused:
        raise report.refused
    planned.append(report)
    this_year = plan_lines.year_of(wired.mirror.clock.now())
    *actions, summary = plan_lines.lines(report, left_out(report, wired.mirror.store), None, this_year=this_year)
    say(clean(f'To the Google calendar "{wired.mirror.settings.destination}":'))
    for line in actions[:SHOWN]:
        say(line.text, style=line.style)
    if len(actions) > SHOWN:
        say(f"  … and {len(actions) - SHOWN} more lines, which calmirror plan shows")
    say(summary.text)
    return 0


def filled(ctx: click.Context) -> int:
    """Writes the mirror and proves it."""
    from calmirror.cli.sync import sync  # noqa: PLC0415 - only now
    from calmirror.cli.verify import verify  # noqa: PLC0415 - likewise

    code: int = ctx.invoke(sync) or ctx.invoke(verify)
    if code == 0:
        say(pasteable(DONE, ctx.find_root().obj.config))
    return code
