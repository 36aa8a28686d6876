"""The user's own command for bad news, and the one for good news."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from calmirror.notify.troubles import Failure

SECONDS = 60.0


def variables(failures: Sequence[Failure], exit_code: int, since: float, config: Path) -> dict[str, str]:
    """What a command learns, besides its own environment. Of lists, one element a line, each in the same place."""
    learns = {
        "EXIT": str(exit_code),
        "MIRRORS": "\n".join(failure.mirror for failure in failures),
        "CODES": "\n".join(failure.code for failure in failures),
        "MESSAGE": "\n".join(f"{failure.mirror}: {failure.what}".removeprefix(": ") for failure in failures),
        "SINCE": datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds") if since else "",
        "CONFIG": str(config),
    }
    return {f"CALMIRROR_{name}": value for name, value in learns.items()}


def run(argv: Sequence[str], more: dict[str, str], folder: Path, seconds: float = SECONDS) -> str:
    """Runs the command without a shell in `folder`. Returns why it failed, "" where it did not."""
    import shutil  # noqa: PLC0415 - most runs have nothing to tell
    import subprocess  # noqa: PLC0415 - as above

    program = shutil.which(argv[0]) or argv[0]
    try:
        done = subprocess.run(  # noqa: S603 - running what the user configured is the point
            (program, *argv[1:]),
            cwd=folder,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {seconds:.0f} seconds"
    except OSError as error:
        return f"cannot be started ({error.strerror or type(error).__name__})"
    return f"failed with exit status {done.returncode}" if done.returncode else ""
