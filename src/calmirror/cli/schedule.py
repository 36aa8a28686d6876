"""`calmirror schedule`."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.assemble import settings_of
from calmirror.cli.failures import guarded, pasteable, quoted
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.screen import complain, say, say_json
from calmirror.cli.status import amount, moment
from calmirror.config import find
from calmirror.config.folders import data_folder
from calmirror.errors import RunLockedError
from calmirror.schedule.choice import NAMES, Scheduler, available, best, named
from calmirror.schedule.job import Job, check_paths, interpreter, keep, machine, name_of, read, remembered, withheld
from calmirror.schedule.log import logged
from calmirror.schedule.look import Found, look
from calmirror.schedule.record import LastRun, keep_record, record_path
from calmirror.schedule.times import interval, offset, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENDINGS = {
    0: "exact",
    3: "but for single events that are left out",
    7: "another run was at work",
    130: "interrupted",
    143: "interrupted",
}


@click.group()
def schedule() -> None:
    """Have a sync run every so often, by what this machine has for that.

    That is a systemd timer or a line in the crontab on Linux, launchd on macOS, the Task Scheduler on Windows.
    """


def interval_of(_ctx: click.Context, _parameter: click.Parameter, text: str) -> int:
    """`--every` in seconds."""
    try:
        return interval(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def variables_of(_ctx: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """`--env`: names of variables that are set."""
    if missing := [name for name in names if name not in os.environ]:
        raise click.BadParameter(f"{', '.join(missing)} is not set here.")
    return names


@schedule.command()
@reporting_options
@click.option(
    "--every", default="15m", metavar="TIME", show_default=True, callback=interval_of, help="How often, such as 1h."
)
@click.option("--using", type=click.Choice(NAMES), help="What runs it, instead of the best that this machine has.")
@click.option("--env", "names", multiple=True, metavar="NAME", callback=variables_of, help="Also keep this variable.")
@click.option("--print", "--dry-run", "only_print", is_flag=True, help="Show what would be written. Write nothing.")
def install(asked: Asked, *, every: int, using: str | None, names: tuple[str, ...], only_print: bool) -> int:
    """Have a sync run every so often from now on.

    Installing again replaces what was there.
    """
    config = settings_of(asked).path
    scheduler = named(using) if using else best()
    job = job_of(config, every, scheduler, names)
    check_paths(job)
    if only_print:
        show_files(scheduler, job)
        return 0
    secrets = withheld(os.environ, job.environment)
    hints = [f"{name} is a secret, and was not kept. If runs need it: add --env {name}" for name in secrets]
    hints += install_job(scheduler, job, [one for one in available() if one.name != scheduler.name])
    if asked.as_json:
        say_json(as_json(looked_at(config), config))
        return 0
    say(f"{told(every).capitalize()} from now on, by {scheduler.name}: {sync_of(config)}")
    say(f"  variables kept for it: {', '.join(job.environment)}")
    say(f"  what it prints: {scheduler.log(job)}")
    for hint in hints:
        say(f"  {hint}", style="yellow")
    say(pasteable("  to see how it goes: calmirror schedule status", asked.config))
    return 0


def install_job(scheduler: Scheduler, job: Job, others: Iterable[Scheduler]) -> list[str]:
    """Keeps the job's file and hands it to the scheduler; what another one may have had of it goes."""
    keep(job)
    hints = scheduler.install(job)
    for other in others:
        if other.installed(job.name):
            other.remove(job.name)
    return hints


def show_files(scheduler: Scheduler, job: Job) -> None:
    """Prints what installing would write; of the environment, which may hold passwords, the names."""
    for where, content in scheduler.files(job).items():
        say(f"--- {where}\n{content.rstrip()}\n")
    say(f"--- {job.file}\nthe configuration's path, and these variables: {', '.join(job.environment)}")


@schedule.command()
@reporting_options
def status(asked: Asked) -> int:
    """Show how the last run ended, and when the next begins."""
    config = config_of(asked)
    found = looked_at(config)
    if asked.as_json:
        say_json(as_json(found, config))
    else:
        for line in lines(found, config, time.time()):
            say(pasteable(line, asked.config))
    return 0


def looked_at(config: Path) -> Found:
    """The schedule of a configuration as it is."""
    return look(job_file(config), datetime.now().astimezone())


def lines(found: Found, config: Path, now: float) -> Iterator[str]:
    """A schedule, for people."""
    if not found.using:
        yield f"Not installed for {config}. To have it run every 15 minutes: calmirror schedule install"
    elif found.job:
        yield f"{told(found.job.every).capitalize()}, by {found.using}: {sync_of(config)}"
    if found.last:
        yield f"  last run: {amount(now - found.last.started)} ago, {ending(found.last)}"
    elif found.using:
        yield "  last run: none yet"
    if found.next:
        yield f"  next run: {found.next:%Y-%m-%d %H:%M %Z}"
    if found.log:
        yield f"  what it prints: {found.log}"
    for problem in found.problems:
        yield f"  ! {problem}"
    if found.problems:
        yield "  to put it right: calmirror schedule install"


def sync_of(config: Path) -> str:
    """What is run, as one would type it."""
    return f"calmirror {quoted('--config', str(config))} sync"


def ending(last: LastRun) -> str:
    """How a run ended, in words."""
    return ENDINGS.get(last.exit, f"failed: {', '.join(last.codes) or f'exit code {last.exit}'}")


def as_json(found: Found, config: Path) -> dict[str, Any]:
    """A schedule, as `--json` prints it."""
    last, job = found.last, found.job
    return {
        "installed": bool(found.using),
        "exit": 0,
        "using": found.using,
        "config": str(config),
        "every": job.every if job else None,
        "last": last
        and {
            "started_at": moment(last.started),
            "ended_at": moment(last.ended),
            "exit": last.exit,
            "codes": list(last.codes),
        },
        "next": found.next.astimezone(UTC).isoformat() if found.next else None,
        "log": found.log,
        "problems": list(found.problems),
    }


@schedule.command()
@reporting_options
def remove(asked: Asked) -> int:
    """Have no sync run by itself any more.

    Nothing else that the machine runs is touched, and no calendar. The log stays.
    """
    file = job_file(config_of(asked))
    found = [scheduler for scheduler in available() if scheduler.installed(file.stem)]
    for scheduler in found:
        scheduler.remove(file.stem)
    file.unlink(missing_ok=True)
    record_path(file).unlink(missing_ok=True)
    names = [scheduler.name for scheduler in found]
    if asked.as_json:
        say_json({"removed": names, "exit": 0})
    else:
        say(f"Removed from {' and '.join(names)}." if names else "It was not installed.")
    return 0


@schedule.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--after", type=click.IntRange(0, 59), default=0, metavar="SECONDS", help="Wait for so long first.")
@click.pass_context
def run(ctx: click.Context, file: Path, after: int) -> int:
    """Do what the schedule does: sync, as FILE says.

    That another run is at work is no failure here.
    """
    job = read(file)
    time.sleep(after)
    os.environ.update(job.environment)
    with logged(job.log):
        return run_job(ctx, job)


def run_job(ctx: click.Context, job: Job) -> int:
    """A sync, and a record of how it ended."""
    from calmirror.cli.sync import sync  # noqa: PLC0415 - the other commands do without

    started, root = time.time(), ctx.find_root()
    root.obj = Asked(config=job.config)
    code = guarded(lambda: ctx.invoke(sync), root)
    codes = tuple(dict.fromkeys(failure.code for failure in root.obj.failures))
    try:
        keep_record(job.file, LastRun(started=started, ended=time.time(), exit=code, codes=codes))
    except OSError as error:
        complain(f"How the run ended cannot be kept for calmirror schedule status: {error.strerror}.")
    return 0 if code == RunLockedError.exit_code else code


def job_of(config: Path, every: int, scheduler: Scheduler, names: tuple[str, ...]) -> Job:
    """The job of this configuration, as this Python and this environment can run it."""
    file = job_file(config)
    return Job(
        file=file,
        config=config,
        every=every,
        offset=offset(every, machine(), str(config)),
        using=scheduler.name,
        environment=remembered(os.environ, names),
        log=None if scheduler.keeps_log else log_folder() / f"{file.stem}.log",
        python=interpreter(),
    )


def config_of(asked: Asked) -> Path:
    """The configuration that is meant; one that was named may be gone by now."""
    if asked.config is not None:
        return absolute(asked.config.expanduser())
    return absolute(find(None, os.environ, Path.cwd()))


def job_file(config: Path) -> Path:
    """Where the job of a configuration is kept."""
    return absolute(data_folder(os.environ)) / "schedule" / f"{name_of(absolute(config))}.json"


def log_folder() -> Path:
    """Where a log of our own is kept."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / "calmirror"
    return absolute(data_folder(os.environ)) / "schedule"


def absolute(path: Path) -> Path:
    """The path from the root, without "..", links left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
