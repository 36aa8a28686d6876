"""The schedule fires: Debian's cron runs the line that `calmirror schedule install` wrote with Debian's crontab.

cron gets a place of its own for crontabs, and a clock that is about to begin a minute; the machine's stay as they are.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from monitor import listening

from calmirror.schedule.job import machine
from calmirror.schedule.times import offset

CLOCK = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
PRIVATE = """\
set -e
mount --make-rprivate /
mount --bind spool /var/spool/cron/crontabs
chgrp crontab /var/spool/cron/crontabs
chmod 1730 /var/spool/cron/crontabs
mount --bind empty /etc/cron.d
mount --bind empty.file /etc/crontab
mount --bind run /run
"""
"""Within a mount namespace of its own: nothing of the machine's is seen by cron, or changed."""
FIRE = """\
crontab theirs
"$PYTHON" -m calmirror --config "$CONFIG" schedule install --using cron --every 1m
crontab -l > installed
exec env -i PATH=/usr/bin:/bin LD_PRELOAD="$CLOCK" FAKETIME="@2026-11-22 12:34:58" /usr/sbin/cron -f
"""


def hindrance() -> str:
    """Why cron cannot be tried here; "" where it can."""
    if sys.platform != "linux" or os.geteuid():
        return "needs root on Linux"
    if not (shutil.which("unshare") and Path("/usr/sbin/cron").exists() and Path("/var/spool/cron/crontabs").exists()):
        return "cron is not installed"
    if CLOCK is None:
        return "faketime is not installed"
    if subprocess.run(
        ["unshare", "--mount", "mount", "--make-rprivate", "/"], capture_output=True, check=False
    ).returncode:
        return "no mount namespaces here"
    return ""


@pytest.fixture
def place(tmp_path, world):
    """A folder whose name cron and the shell could trip over, with a configuration that runs at the full minute."""
    place = tmp_path / 'Eva\'s "50 %n" $HOME é'
    for name in ("spool", "empty", "run", "home"):
        (place / name).mkdir(parents=True)
    (place / "empty.file").touch()
    names = (place / f"calmirror-{number}.toml" for number in count())
    config = next(path for path in names if not offset(60, machine(), str(path)))
    config.write_text(world.config.read_text())
    return config


@pytest.mark.skipif(bool(hindrance()), reason=hindrance())
def test_cron_runs_what_was_installed(world, place):
    world.meet()
    theirs = f"# theirs\n* * * * * env > {place.parent.parent}/cron-gave\n"
    folder = place.parent
    (folder / "theirs").write_text(theirs)
    given = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder / "home"),
        "PYTHON": sys.executable,
        "CONFIG": str(place),
        "CLOCK": str(CLOCK),
    }
    with listening("secret") as monitor:
        place.write_text(f"{place.read_text()}\n[notify]\nheartbeat = {json.dumps(monitor.url)}\n")
        with subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", PRIVATE + FIRE], cwd=folder, env=given, stdout=subprocess.PIPE, text=True
        ) as cron:
            try:
                heard = monitor.heard.wait(60)
            finally:
                cron.terminate()
                said = cron.communicate(timeout=20)[0]
    assert heard, said
    assert monitor.seen[0] == ("ok", "exit 0")
    assert len(world.google.events(world.calendar())) == 1
    installed = (folder / "installed").read_text()
    assert installed.startswith(theirs)
    assert installed.count("calmirror schedule run") == 1
    gave = (folder.parent / "cron-gave").read_text().splitlines()
    assert {one.partition("=")[0] for one in gave} <= {"HOME", "LOGNAME", "PATH", "SHELL", "PWD", "LANG", "LC_ALL"}
    [log] = (folder / "home").rglob("calmirror-*.log")
    assert " work: exact — 1 written (1 new), " in log.read_text()
