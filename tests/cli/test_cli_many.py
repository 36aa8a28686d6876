"""Commands with several mirrors: side by side, told in their order, one summary, one exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from urllib.parse import quote

import pytest
from cli_world import times

from calmirror.cli.each import AT_ONCE, Lines, side_by_side, summary
from calmirror.errors import UserFixableError
from calmirror.http.tokens import TokenCommand
from calmirror.sandbox.graph.errors import CATALOGUE, throttled
from calmirror.sandbox.service import Fault

NAMES = [f"mirror {number}" for number in range(10)]
SICK = NAMES[3]
CALMIRROR = [sys.executable, "-m", "calmirror"]


@pytest.fixture
def ten(world):
    """Ten mirrors of ten calendars, all in order, and a change to come in each."""
    for name in NAMES:
        world.graph.mailbox.add_calendar(name)
    world.configure(*NAMES, **{name: name for name in NAMES})
    for hour in (9, 11):
        meet_everywhere(world, hour)
    synced = world.run("sync")
    assert synced.exit_code == 0, synced.output
    meet_everywhere(world, 13)
    return world


def meet_everywhere(world, hour):
    for name in NAMES:
        world.graph.mailbox.create({"subject": "Standup", **times(hour)}, world.graph.mailbox.calendar_id(name))


def at_source(world, answer):
    """Microsoft answers so whenever the sick mirror's calendar is named."""
    source = world.graph.mailbox.calendar_id(SICK)
    names = {source, quote(source, safe="")}
    world.graph.faults.append(Fault(matches=lambda r: any(one in r.url for one in names), answer=answer, times=-1))


def emptied(world):
    mailbox = world.graph.mailbox
    for item in list(mailbox.items(mailbox.calendar_id(SICK))):
        mailbox.delete(item.id)


ILLS = {
    "403": (lambda world: at_source(world, CATALOGUE["access-denied"]), 4),
    "429": (lambda world: at_source(world, throttled("86400")), 5),
    "no source": (lambda world: world.graph.mailbox.delete_calendar(world.graph.mailbox.calendar_id(SICK)), 4),
    "no destination": (lambda world: world.google.delete_calendar(world.calendar(SICK)), 4),
    "emptied": (emptied, 6),
}


@pytest.mark.parametrize("ill", ILLS)
def test_nine_of_ten_are_exact_and_one_line_says_so(ten, ill):
    fall_ill, code = ILLS[ill]
    fall_ill(ten)
    synced = ten.run("sync")
    assert synced.exit_code == code
    *lines, last = synced.stdout.splitlines()
    others = [name for name in NAMES if name != SICK]
    assert [line.partition(" — 1 written")[0] for line in lines] == [f"{name}: exact" for name in others]
    assert last == "10 mirrors: 9 exact, 1 failed"
    assert synced.stderr.startswith(f"{SICK}: ")
    assert len(synced.stderr.splitlines()) == 4
    ten.graph.faults.clear()
    words = [word for name in others for word in ("--mirror", name)]
    assert ten.run("verify", *words).stdout.splitlines()[-1] == "9 mirrors: 9 exact"


def test_each_command_sums_up_in_its_own_words(ten):
    assert ten.run("plan").stdout.splitlines()[-1] == "10 mirrors: 10 planned"
    verified = ten.run("verify")
    assert (verified.exit_code, verified.stdout.splitlines()[-1]) == (3, "10 mirrors: 10 not exact")
    repaired = ten.run("repair")
    assert (repaired.exit_code, repaired.stdout.splitlines()[-1]) == (0, "10 mirrors: 10 exact")
    assert "10 mirrors" not in ten.run("explain", "standup").stdout


def test_json_and_quiet_have_no_summary(ten):
    told = [json.loads(line) for line in ten.run("plan", "--json").stdout.splitlines()]
    assert [(one["mirror"], one["counts"]["insert"]) for one in told] == [(name, 1) for name in NAMES]
    assert ten.run("sync", "--quiet").output == ""
    assert ten.run("sync", "--mirror", SICK).stdout.count("\n") == 1


def test_the_token_commands_run_once_for_all(ten):
    counting = f'["sh", "-c", "echo x >> {ten.config.parent}/count; echo m"]'
    ten.config.write_text(ten.config.read_text().replace('["echo", "m"]', counting))
    assert ten.run("sync").exit_code == 0
    assert (ten.config.parent / "count").read_text() == "x\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_all_at_once_and_the_next_run_goes_on(ten, number, code):
    """Four mirrors wait for answers that do not come."""
    asked, go_on = threading.Event(), threading.Event()
    ten.graph.faults.append(Fault(matches=lambda _request: asked.set() or go_on.wait(30) or True, truncate=10))
    with subprocess.Popen(
        [*CALMIRROR, "--config", str(ten.config), "sync"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert asked.wait(20)
            process.send_signal(number)
            out, err = process.communicate(timeout=5)
        finally:
            go_on.set()
            process.kill()
    assert (process.returncode, out) == (code, "")
    assert err == "Stopped. Nothing is lost: what was written is remembered, and the next run goes on from there.\n"
    ten.graph.faults.clear()
    assert ten.run("sync").stdout.splitlines()[-1] == "10 mirrors: 10 exact"


def test_what_comes_of_each_is_told_in_order_although_the_first_ends_last():
    last_is_done = threading.Event()

    def work(number):
        if number == 0:
            assert last_is_done.wait(20)
        if number == 9:
            last_is_done.set()
        if number == 5:
            raise ValueError(number)
        return number

    done = list(side_by_side(work, range(10)))
    assert done[:5] + done[6:] == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert isinstance(done[5], ValueError)


def test_no_more_than_four_are_at_work():
    lock, gate = threading.Lock(), threading.Barrier(AT_ONCE)
    now, most = 0, 0

    def work(_number):
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        gate.wait(20)
        with lock:
            now -= 1
        gate.wait(20)

    assert list(side_by_side(work, range(3 * AT_ONCE))) == [None] * 3 * AT_ONCE
    assert most == AT_ONCE


def test_what_was_not_begun_when_the_caller_stops_is_not_begun_at_all():
    begun, go_on = [], threading.Event()

    def work(number):
        begun.append(number)
        assert number == 0 or go_on.wait(20)

    outcomes = side_by_side(work, range(10), at_once=2)
    next(outcomes)
    outcomes.close()
    go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("mirrors-"):
            thread.join(20)
    assert max(begun) <= 2


def test_several_mirrors_tell_their_progress_in_lines_that_name_them(capsys):
    now = iter([0.0, 0.0, 1.0, 5.0, 6.0, 7.0])
    work, team = (Lines(name, silent=False, seconds=lambda: next(now)) for name in ("work", "team"))
    work("Reading", 1, 10)
    work("Writing", 3, 10)
    team("Asking", 0, 0)
    team("Asking", 0, 0)
    assert capsys.readouterr().err == "work: Writing (3 of 10)\nteam: Asking\n"


def test_a_summary_counts_every_ending():
    assert summary(["exact", "failed", "not exact", "exact"]) == "4 mirrors: 2 exact, 1 not exact, 1 failed"


def shared_token(cwd, script):
    return TokenCommand(["sh", "-c", script], service="Google", cwd=cwd)


def test_threads_that_wait_for_a_token_share_it(tmp_path):
    tokens = shared_token(tmp_path, "echo x >> count; wc -l < count")
    assert list(side_by_side(lambda _: tokens.token(), range(4))) == ["1"] * 4
    assert (tokens.renew(), tokens.token()) == ("2", "2")


def test_a_token_command_that_fails_fails_for_each_thread(tmp_path):
    tokens = shared_token(tmp_path, "exit 3")
    assert {type(one) for one in side_by_side(lambda _: tokens.token(), range(4))} == {UserFixableError}
