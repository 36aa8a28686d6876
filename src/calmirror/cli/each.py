"""One command for several mirrors: each on its own, one exit code in the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from calmirror.cli.assemble import Assembly, Wired, chosen, settings_of
from calmirror.cli.failures import tell, worst
from calmirror.cli.options import Asked
from calmirror.cli.progress import Watched
from calmirror.store import open_store

T = TypeVar("T")


def each_mirror(
    asked: Asked, work: Callable[[Wired], T], show: Callable[[Wired, T], int], *, silent: bool = False
) -> int:
    """Does the work for every mirror that was asked for, and shows what came of it.

    One mirror's failure is told and stops no other. Returns the most serious exit code.
    """
    settings = settings_of(asked)
    mirrors = chosen(settings, asked.mirrors)
    codes = []
    with closing(open_store(settings.state_url)) as store:
        assembly = Assembly(settings, store)
        for mirror in mirrors:
            try:
                with Watched(mirror.name, silent=silent or asked.as_json) as watched:
                    wired = assembly.wired(mirror, watched)
                    result = work(wired)
                codes.append(show(wired, result))
            except Exception as error:  # noqa: BLE001 - told in full, and the other mirrors still have their turn
                codes.append(tell(error, asked, mirror.name))
    return worst(codes)
