"""What was told so far, in a small file beside the state."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from calmirror.notify.troubles import Trouble
from calmirror.tokens import private_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


OURS = "calmirror"


@dataclass(frozen=True, slots=True)
class Memory:
    """What lasts, and whether the last heartbeat failed."""

    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    heartbeat_failed: bool = False


def recall(path: Path) -> Memory:
    """What is remembered; nothing where the file is missing or damaged, which costs one repeated message."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        troubles = {
            key: Trouble(str(one["mirror"]), float(one["since"]), float(one["told"]))
            for key, one in kept["troubles"].items()
        }
        return Memory(troubles, bool(kept["heartbeat_failed"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory()


def remember(path: Path, memory: Memory) -> None:
    """Replaces the file as a whole, readable by its owner only; OSError where it cannot."""
    troubles = {key: asdict(trouble) for key, trouble in memory.troubles.items()}
    if path.parent.name != OURS and not path.parent.is_dir():
        # A folder of another name was chosen by a person, and may be a mistake.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    content = {"troubles": troubles, "heartbeat_failed": memory.heartbeat_failed}
    private_file.write(path, json.dumps(content).encode())
