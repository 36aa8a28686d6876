"""The options that commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

import click

from calmirror.cli.screen import complain
from calmirror.notify.troubles import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for, whatever the command."""

    config: Path | None = None
    mirrors: tuple[str, ...] = ()
    """Names; empty for all."""
    as_json: bool = False
    traceback: bool = False
    failures: list[Failure] = field(default_factory=list, compare=False)
    """What was told to have failed so far."""


def common_options(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command `--mirror` besides the options that all that report have."""
    only = click.option("--mirror", "mirrors", multiple=True, metavar="NAME", help="Only this mirror. May be repeated.")
    return only(reporting_options(command))


def unpin_option(text: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Gives a command `--unpin`, and the former name of it."""

    def with_option(command: Callable[..., int]) -> Callable[..., int]:
        @click.option("--unpin", is_flag=True, help=text)
        @click.option("--resume", is_flag=True, hidden=True)
        @wraps(command)
        def with_unpin(*arguments: Any, unpin: bool, resume: bool, **own: Any) -> int:
            if resume:
                complain("--resume is called --unpin now.")
            return command(*arguments, unpin=unpin or resume, **own)

        return with_unpin

    return with_option


def reporting_options(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command `--json`, `--config` and `--traceback`; it gets them as its first argument, an `Asked`."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")
    @click.option(
        "--config", type=click.Path(path_type=Path), metavar="PATH", help="As before the command: the configuration."
    )
    @click.option("--traceback", "--verbose", is_flag=True, help="Of a bug in calmirror, show where it arose.")
    @click.pass_context
    @wraps(command)
    def with_asked(
        ctx: click.Context,
        /,
        config: Path | None,
        mirrors: tuple[str, ...] = (),
        *,
        as_json: bool,
        traceback: bool,
        **own: Any,
    ) -> int:
        root = ctx.find_root()
        before = root.obj.config if isinstance(root.obj, Asked) else None
        root.obj = Asked(config=config or before, mirrors=mirrors, as_json=as_json, traceback=traceback)
        return command(root.obj, **own)

    return with_asked
