"""A command whose end is told to the monitor and the commands of `[notify]`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from calmirror.cli.assemble import chosen, settings_of, sqlite_path
from calmirror.cli.failures import tell
from calmirror.cli.screen import complain
from calmirror.config import NotifySettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from calmirror.cli.options import Asked
    from calmirror.config import Settings


def notified(asked: Asked, work: Callable[[], int]) -> int:
    """Does the work, which returns an exit code, and tells how it ended where `[notify]` asks for that.

    What is interrupted is not told; a configuration that cannot be read names nobody to tell.
    """
    settings = settings_of(asked)
    if settings.notify == NotifySettings():
        return work()
    covered = [mirror.name for mirror in chosen(settings, asked.mirrors)]
    try:
        code = work()
    except Exception as error:  # noqa: BLE001 - told as everywhere, and then to those who wait for it
        code = tell(error, asked)
    from calmirror.notify.tell import run_ended  # noqa: PLC0415 - most configurations tell nobody

    try:
        run_ended(settings, memory_path(settings), code, asked.failures, covered, time.time(), complain)
    except Exception as error:  # noqa: BLE001 - whatever hinders the telling, the run is over and ended as it did
        complain(f"Not everybody could be told how the run ended ({type(error).__name__}).")
    return code


def memory_path(settings: Settings) -> Path:
    """Where it is kept what was told: beside the state's file, or where a platform keeps data."""
    from calmirror.config.folders import data_folder  # noqa: PLC0415 - as above

    state = sqlite_path(settings.state_url)
    return state.with_name(f"{state.name}.told.json") if state else data_folder(os.environ) / "told.json"
