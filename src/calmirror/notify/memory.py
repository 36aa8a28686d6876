"""What was told so far, in a small file beside the state."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from calmirror.notify.troubles import Trouble

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
    content = json.dumps({"troubles": troubles, "heartbeat_failed": memory.heartbeat_failed})
    if path.parent.name == OURS:  # a folder of another name, which a person has chosen, may be a mistake
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=path.name, delete=False) as new:
        new.write(content)
    os.replace(new.name, path)  # noqa: PTH105 - the name is a text
