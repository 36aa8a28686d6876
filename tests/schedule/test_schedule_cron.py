"""The line in the crontab, with a crontab program that keeps its table in a file, as the real one does."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from schedule_jobs import job

from calmirror.errors import UserFixableError
from calmirror.schedule.cron import Cron, line

OTHERS = (
    b"# my crontab\nSHELL=/bin/bash\n\n*/5 * * * * backup --all  # calmirror?\r\n"
    b"0 3 * * * calmirror schedule run /other.json # calmirror-ffffffff\n@reboot caf\xe9 \\% \x0b\x1c %\n"
)


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Where the crontab program keeps its table."""
    program = tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\ntable = pathlib.Path({str(tmp_path / 'table')!r})\n"
        "if sys.argv[1] == '-l':\n"
        "    if not table.exists(): sys.exit('no crontab for eva')\n"
        "    sys.stdout.buffer.write(table.read_bytes())\n"
        "else: table.write_bytes(sys.stdin.buffer.read())\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return tmp_path / "table"


def cron_runs(entry: str) -> str:
    """The command that cron makes of a line: the first bare "%" ends it, and a backslash before one goes."""
    command = entry.rstrip("\n").split(" ", 5)[5]
    made, rest = "", iter(command)
    for character in rest:
        if character == "\\":
            after = next(rest, "")
            made += after if after == "%" else character + after
        elif character == "%":
            break
        else:
            made += character
    return made


def test_what_cron_runs_reaches_python_word_for_word(tmp_path):
    """The interpreter is a program that prints its words."""
    printer = tmp_path / "it's 100 % Python"
    printer.write_text(f"#!{sys.executable}\nimport sys\nprint(*sys.argv[1:], sep='\\n')\n")
    printer.chmod(0o755)
    one = job(tmp_path, python=str(printer))
    done = subprocess.run(["/bin/sh", "-c", cron_runs(line(one))], capture_output=True, text=True, check=True, env={})
    assert done.stdout.splitlines() == [
        *("-P", "-m", "calmirror", "schedule", "run", "--after", "23"),
        str(one.file),
    ]


@pytest.mark.parametrize(
    ("every", "when"), [(900, "7,22,37,52 * * * *"), (3600, "7 * * * *"), (6 * 3600, "7 0,6,12,18 * * *")]
)
def test_when_it_runs(tmp_path, every, when):
    assert line(job(tmp_path, every=every)).startswith(f"{when} ")


def test_the_first_line_of_an_empty_crontab(table, tmp_path):
    assert not Cron().installed("calmirror-0123abcd")
    Cron().install(job(tmp_path))
    assert table.read_text() == line(job(tmp_path))
    assert Cron().installed("calmirror-0123abcd")
    Cron().remove("calmirror-0123abcd")
    assert table.read_bytes() == b""


def test_other_lines_stay_byte_for_byte_however_often_it_is_installed_and_removed(table, tmp_path):
    table.write_bytes(OTHERS)
    for every in (900, 900, 3600):
        Cron().install(job(tmp_path, every=every))
        assert table.read_bytes() == OTHERS + line(job(tmp_path, every=every)).encode()
    Cron().remove("calmirror-0123abcd")
    assert table.read_bytes() == OTHERS


def test_a_last_line_without_an_end_is_ended(table, tmp_path):
    table.write_bytes(b"@daily backup")
    Cron().install(job(tmp_path))
    assert table.read_bytes() == b"@daily backup\n" + line(job(tmp_path)).encode()


@pytest.mark.parametrize("complaint", ["you (eva) are not allowed to use this program", "input/output error"])
def test_a_crontab_that_cannot_be_read_is_never_written(table, tmp_path, complaint):
    table.write_bytes(OTHERS)
    program = tmp_path / "bin" / "crontab"
    asked = "if sys.argv[1] == '-l':\n"
    program.write_text(program.read_text().replace(asked, f"{asked}    sys.exit({complaint!r})\n"))
    for change in (lambda: Cron().install(job(tmp_path)), lambda: Cron().remove("calmirror-0123abcd")):
        with pytest.raises(UserFixableError) as refused:
            change()
        assert refused.value.code == "schedule-unreadable"
        assert complaint in refused.value.what
    assert table.read_bytes() == OTHERS
    assert not Cron().installed("calmirror-0123abcd")


def test_a_crontab_that_cannot_be_written_says_so(table, tmp_path):
    program = tmp_path / "bin" / "crontab"
    program.write_text(program.read_text().replace("else:", "elif sys.exit('no space left'):"))
    with pytest.raises(UserFixableError) as refused:
        Cron().install(job(tmp_path))
    assert (refused.value.code, "no space left" in refused.value.what) == ("schedule-refused", True)
