"""How a failure is told: four lines on stderr, or JSON on stdout; and the exit code that it ends with."""

from __future__ import annotations

import os
import platform
import re
import shlex
import signal
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from calmirror import __version__
from calmirror.cli.options import Asked
from calmirror.cli.screen import complain, say_json
from calmirror.errors import CalmirrorError
from calmirror.notify.troubles import Failure

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

MOST_SERIOUS_FIRST = (1, 6, 4, 5, 7, 3, 0)
RESUMED = "What was already written is remembered; the next run goes on from there."
COMMAND = re.compile(r"(?<![\w./\\-])calmirror (?=(?!sandbox|demo)[a-z]+\b)")
"""A command to type within a sentence; those left out need no configuration."""


class TerminatedError(KeyboardInterrupt):
    """The system asked the process to end; it does so as after Ctrl-C."""


class BugError(CalmirrorError):
    """Anything that no other error stands for. Says where it arose, never what the original said: that may hold
    titles."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            f"This is a bug in calmirror: {type(error).__name__} in {_place(error)} (calmirror {__version__}, "
            f"Python {platform.python_version()}, {platform.system()} {platform.machine()}).",
            code="bug",
            meaning=RESUMED,
            command="Report the first line at the project's issue tracker. To see more: the same command, --traceback",
        )


def worst(codes: Iterable[int]) -> int:
    """The one exit code of several mirrors."""
    return min(codes, key=MOST_SERIOUS_FIRST.index, default=0)


def guarded(work: Callable[[], Any], ctx: click.Context) -> int:
    """Does the work and returns its exit code; whatever goes wrong is told and becomes one."""
    try:
        return work() or 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.ClickException, click.Abort):
        raise
    except KeyboardInterrupt as stopped:
        complain("Stopped. Nothing is lost: what was written is remembered, and the next run goes on from there.")
        return 128 + (signal.SIGTERM if isinstance(stopped, TerminatedError) else signal.SIGINT)
    except Exception as error:  # the last place that can say it in a person's words
        if isinstance(error, OSError) and _last(error).f_globals["__name__"] == "click.utils":
            raise  # help that cannot be printed ends in the same way for all commands
        return tell(error, ctx.obj if isinstance(ctx.obj, Asked) else Asked())


def tell(error: Exception, asked: Asked, mirror: str = "", *, service: str = "") -> int:
    """Tells what went wrong, with what one mirror, one service or the whole command; returns the exit code."""
    known = error if isinstance(error, CalmirrorError) else BugError(error)
    if known is not error and asked.traceback:
        import traceback  # noqa: PLC0415 - only a bug needs it

        complain("".join(traceback.format_exception(error)))
    said = told(known, asked, mirror)
    asked.failures.append(Failure(mirror, known.code, known.exit_code, said["what"]))
    if asked.as_json:
        concerned = {name: one for name, one in (("mirror", mirror), ("service", service)) if one}
        say_json({**concerned, "error": said, "exit": known.exit_code})
    else:
        complain(f"{mirror}: {said['what']}" if mirror else known.what, style="red")
        complain(f"  {known.meaning}\n  → {said['command']}\n  code: {known.code}")
    return known.exit_code


def told(error: CalmirrorError, asked: Asked, mirror: str = "") -> dict[str, str]:
    """The parts of an error as `--json` prints them, with its command as it works from here.

    The name of `mirror` is left out of what happened: it stands beside it.
    """
    what = error.what.removeprefix(f'Mirror "{mirror}": ')
    command = pasteable(error.command, asked.config, mirror)
    return {"code": error.code, "what": what, "meaning": error.meaning, "command": command}


def pasteable(command: str, config: Path | None, mirror: str = "") -> str:
    """The command as it works from here: quoted for the shell, and with the configuration that was given."""
    if mirror:
        command = command.replace(f"--mirror {mirror}", quoted("--mirror", mirror))
    if config is not None:
        with_config = quoted("--config", str(config))
        command = COMMAND.sub(lambda found: f"{found[0]}{with_config} ", command)
    return command


def quoted(*words: str) -> str:
    """Words of a command as this platform's shell takes them."""
    if os.name == "nt":
        from subprocess import list2cmdline  # noqa: PLC0415 - only there

        return list2cmdline(words)
    return shlex.join(words)


def _last(error: BaseException) -> FrameType:
    """Where an error that was caught had been raised."""
    at = error.__traceback__
    assert at is not None, "it was caught"
    while at.tb_next:
        at = at.tb_next
    return at.tb_frame


def _place(error: BaseException) -> str:
    """The innermost module and line of ours."""
    import traceback  # noqa: PLC0415 - only a bug needs it

    frames = [(f.f_globals.get("__name__", ""), line) for f, line in traceback.walk_tb(error.__traceback__)]
    ours = [f"{name}:{line}" for name, line in frames if name.partition(".")[0] == "calmirror"]
    return ours[-1] if ours else "an unknown place"
