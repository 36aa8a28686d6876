"""How the last run ended, kept beside the job's file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from calmirror.tokens import private_file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """One run; times are UNIX seconds."""

    started: float
    ended: float
    exit: int
    codes: tuple[str, ...]
    """Of what went wrong."""


def record_path(job_file: Path) -> Path:
    """Where the record of a job is kept."""
    return job_file.with_suffix(".last")


def keep_record(job_file: Path, last: LastRun) -> None:
    """Replaces the record as a whole; OSError where it cannot."""
    private_file.write(record_path(job_file), json.dumps(asdict(last)).encode())


def last_run(job_file: Path) -> LastRun | None:
    """The record, None where there is none."""
    try:
        kept = json.loads(record_path(job_file).read_text(encoding="utf-8"))
        return LastRun(
            started=float(kept["started"]),
            ended=float(kept["ended"]),
            exit=int(kept["exit"]),
            codes=tuple(map(str, kept["codes"])),
        )
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
