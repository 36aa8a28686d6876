"""Has version 0.1 mirror the calendars of `earlier.py` into today's stand-ins, and keeps what it leaves behind.

Run once, by hand: PYTHONPATH=src:tests/cli .venv/bin/python tests/cli/record_earlier.py FOLDER
where FOLDER holds the `src` of 0.1 (git archive e34ba31 src | tar -x -C FOLDER).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from earlier import FOLDER, MADE_AT, fill, google_of, ids_of, script_of, served

COMMAND = (
    "import sys, time_machine; time_machine.travel({at!r}, tick=True).start(); "
    "from calmirror.cli.main import main; main()"
)


def record(source: Path, folder: Path) -> None:
    """One sync of each mirror by 0.1."""
    with served(folder) as world:
        ids = ids_of(world.graph.mailbox, fill(world.graph.mailbox))
        words = [sys.executable, "-c", COMMAND.format(at=MADE_AT.isoformat()), "--config", str(world.config), "sync"]
        own = {**os.environ, "PYTHONPATH": str(source / "src")}
        done = subprocess.run(words, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        FOLDER.mkdir(exist_ok=True)
        for name, content in (("outlook.json", ids), ("google.json", google_of(world.google))):
            (FOLDER / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (FOLDER / "state.sql").write_text(script_of(world), encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        record(Path(sys.argv[1]), Path(place))
