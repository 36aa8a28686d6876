"""`[notify]` with the command line: a monitor on loopback, and commands that write down what they learnt."""

from __future__ import annotations

import json
import sys

import pytest
from monitor import listening

from calmirror.http.message import Answer
from calmirror.sandbox.service import Fault
from calmirror.store import open_store

SECRET = "9f1c2f6e-secret-of-the-monitor"
WRITE_DOWN = (
    "import json, os, sys; "
    "seen = {k: v for k, v in os.environ.items() if k.startswith('CALMIRROR_')}; "
    "open(sys.argv[1], 'a').write(json.dumps([sys.argv[2], seen]) + '\\n')"
)


@pytest.fixture
def monitor():
    with listening(SECRET) as server:
        yield server


def notify(world, **keys):
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    world.config.write_text(f"{world.config.read_text()}\n[notify]\n{table}")


def break_source(world):
    world.config.write_text(world.config.read_text().replace('source = ""', 'source = "Gone"'))


def mend_source(world):
    world.config.write_text(world.config.read_text().replace('source = "Gone"', 'source = ""'))


def commands(world):
    learnt = world.config.parent / "learnt.jsonl"

    def heard():
        return [json.loads(line) for line in learnt.read_text().splitlines()] if learnt.exists() else []

    argv = [sys.executable, "-c", WRITE_DOWN, str(learnt)]
    return argv, heard


def test_the_monitor_hears_the_exit_code_and_nothing_else(world, monitor):
    notify(world, heartbeat=monitor.url)
    world.meet("Merger with Fabrikam")
    assert world.run("sync").exit_code == 0
    break_source(world)
    failed = world.run("sync", "--quiet")
    assert failed.exit_code == 4
    assert monitor.seen == [("ok", "exit 0"), ("fail", "exit 4")]
    assert SECRET not in failed.output + world.run("status").output


def test_a_run_of_one_mirror_does_not_tell_the_monitor_that_all_is_well(world, monitor):
    world.meet()
    world.configure("work", "home")
    notify(world, heartbeat=monitor.url)
    assert world.run("sync", "--mirror", "work").exit_code == 0
    assert monitor.seen == []
    assert world.run("sync", "--mirror", "work", "--mirror", "home").exit_code == 0
    assert world.run("sync").exit_code == 0
    break_source(world)
    assert world.run("sync", "--mirror", "work").exit_code == 4
    assert monitor.seen == [("ok", "exit 0"), ("ok", "exit 0"), ("fail", "exit 4")]


def test_a_query_of_the_address_stays_where_it_is(world, monitor):
    notify(world, heartbeat=f"{monitor.url}?status=up")
    break_source(world)
    world.run("sync")
    assert [name for name, _ in monitor.seen] == ["fail?status=up"]


def test_nothing_is_sent_of_a_run_that_a_service_or_another_run_was_in_the_way_of(world, monitor):
    notify(world, heartbeat=monitor.url)
    world.graph.faults.append(Fault(answer=Answer(503, {"retry-after": "3600"}), times=1))
    assert world.run("sync").exit_code == 5
    with open_store(f"sqlite:///{world.config.parent}/state.db") as store:
        store.take_lease("work", owner="elsewhere:1:1", now=10_000_000_000.0, ttl=600)
        assert world.run("sync").exit_code == 7
    assert monitor.seen == []


@pytest.mark.parametrize("where", ["refusing", "nobody", "tls"])
def test_a_heartbeat_that_fails_is_said_once_and_fails_nothing(world, monitor, where):
    world.meet()
    address = {
        "refusing": monitor.url,
        "nobody": f"http://127.0.0.1:1/{SECRET}",
        "tls": monitor.url.replace("http://", "https://"),
    }
    notify(world, heartbeat=address[where])
    monitor.status = {"ok": 404}
    runs = [world.run("sync", "--quiet") for _ in range(3)]
    assert [run.exit_code for run in runs] == [0, 0, 0]
    assert [bool(run.stderr) for run in runs] == [True, False, False]
    assert runs[0].stderr.startswith("The heartbeat did not arrive (")
    assert len(runs[0].stderr.splitlines()) == 1
    assert SECRET not in runs[0].output
    assert "127.0.0.1" not in runs[0].output


def test_once_it_arrived_again_a_new_failure_is_said_again(world, monitor):
    world.meet()
    notify(world, heartbeat=monitor.url)
    said = []
    for status in (500, 500, 200, 302):
        monitor.status = {"ok": status}
        said.append(world.run("sync", "--quiet").stderr)
    assert [bool(one) for one in said] == [True, False, False, True]


def test_a_monitor_without_an_address_for_failures_is_not_complained_about(world, monitor):
    notify(world, heartbeat=monitor.url)
    monitor.status = {"fail": 404}
    break_source(world)
    assert "heartbeat" not in world.run("sync").stderr


def test_the_command_learns_codes_and_mirrors_once_and_the_other_one_that_it_is_over(world):
    world.meet()
    world.configure("work", "my team")
    argv, heard = commands(world)
    notify(world, on_failure=[*argv, "bad"], on_recovery=[*argv, "good"])
    break_source(world)
    failed = [world.run("sync", "--quiet") for _ in range(3)]
    assert {run.exit_code for run in failed} == {4}
    [(kind, learnt)] = heard()
    assert kind == "bad"
    assert learnt["CALMIRROR_EXIT"] == "4"
    assert learnt["CALMIRROR_MIRRORS"] == "work\nmy team"
    assert learnt["CALMIRROR_CODES"].splitlines() == ["calendar-not-found"] * 2
    assert learnt["CALMIRROR_MESSAGE"].startswith("work: ")
    assert learnt["CALMIRROR_CONFIG"] == str(world.config)
    assert learnt["CALMIRROR_SINCE"].endswith("+00:00")
    mend_source(world)
    for _ in range(2):
        assert world.run("sync", "--quiet").exit_code == 0
    assert [(kind, learnt["CALMIRROR_EXIT"]) for kind, learnt in heard()] == [("bad", "4"), ("good", "0")]


def test_deletions_that_wait_are_told_by_their_number_once_a_day_until_a_person_decides(world, monitor):
    argv, heard = commands(world)
    notify(world, heartbeat=monitor.url, on_failure=[*argv, "bad"], on_recovery=[*argv, "good"])
    ids = [world.meet("Secret talk", days=number) for number in range(40)]
    assert world.run("sync", "--quiet").exit_code == 0
    for one in ids[:16]:
        world.graph.mailbox.delete(one)
    assert [world.run("sync", "--quiet").exit_code for _ in range(2)] == [6, 6]
    [(kind, learnt)] = heard()
    assert (kind, learnt["CALMIRROR_EXIT"], learnt["CALMIRROR_CODES"]) == ("bad", "6", "mass-delete")
    assert learnt["CALMIRROR_MESSAGE"].startswith("work: 16 deletions wait for your word")
    assert "Secret" not in str(learnt)
    assert world.run("sync", "--quiet", "--allow-mass-delete").exit_code == 0
    assert [kind for kind, _ in heard()] == ["bad", "good"]


def test_a_left_out_event_is_told_once_without_its_title_and_the_mirror_counts_as_alive(world, monitor):
    argv, heard = commands(world)
    notify(world, heartbeat=monitor.url, on_failure=[*argv, "bad"], on_recovery=[*argv, "good"])
    world.meet("Cursed meeting")
    body = b'{"error": {"code": 400, "errors": [{"reason": "invalid"}], "message": "no"}}'
    answer = Answer(400, {"content-type": "application/json"}, body)
    for inside in (True, False):
        fault = Fault(matches=lambda r: b"Cursed" in r.body, answer=answer, times=-1, inside_batch=inside)
        world.google.faults.append(fault)
    assert [world.run("sync", "--quiet").exit_code for _ in range(2)] == [3, 3]
    assert monitor.seen == [("ok", "exit 3")] * 2
    [(kind, learnt)] = heard()
    assert (kind, learnt["CALMIRROR_CODES"], learnt["CALMIRROR_MESSAGE"]) == (
        "bad",
        "partial",
        "work: events left out: 1",
    )
    world.google.faults.clear()
    assert world.run("sync", "--quiet").exit_code == 0
    assert [kind for kind, _ in heard()] == ["bad", "good"]


def test_a_failure_before_any_mirror_was_looked_at_is_told_too(world):
    argv, heard = commands(world)
    notify(world, on_failure=[*argv, "bad"])
    (world.config.parent / "state.db").write_text("dear diary")
    assert world.run("sync").exit_code == 4
    [(_, learnt)] = heard()
    assert (learnt["CALMIRROR_MIRRORS"], learnt["CALMIRROR_CODES"]) == ("", "state-not-a-database")


@pytest.mark.parametrize(
    ("argv", "why"),
    [(["no-such-program-here"], "cannot be started"), ([sys.executable, "-c", "exit(3)"], "failed with exit status 3")],
)
def test_a_command_that_fails_is_said_and_changes_no_exit_code(world, argv, why):
    notify(world, on_failure=argv)
    break_source(world)
    failed = world.run("sync", "--quiet")
    assert failed.exit_code == 4
    assert why in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("The command on_failure")


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "xn--.example", "exämple..example"])
def test_a_heartbeat_that_cannot_even_be_tried_fails_nothing(world, host):
    world.meet()
    notify(world, heartbeat=f"https://{host}/{SECRET}")
    done = world.run("sync", "--quiet")
    assert done.exit_code == 0
    assert len(done.stderr.splitlines()) == 1
    assert SECRET not in done.output


def test_json_stays_json(world, monitor):
    world.meet()
    notify(world, heartbeat=monitor.url)
    monitor.status = {"ok": 500}
    assert json.loads(world.run("sync", "--json").stdout)["exit"] == 0


def test_a_quiet_sync_prints_nothing_when_fine_and_one_block_when_not(world):
    world.meet()
    assert world.run("sync", "--quiet").output == ""
    break_source(world)
    failed = world.run("sync", "--quiet")
    assert failed.stdout == ""
    assert [line.split(":")[0].strip() for line in failed.stderr.splitlines()][-1] == "code"
    assert len(failed.stderr.splitlines()) == 4


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ('"http://monitor.example/x"', "must begin with https://"),
        ('"https://user:secret@monitor.example/x"', "must be an address without user name"),
        ("3", "must be text"),
    ],
)
def test_a_heartbeat_address_that_would_leak_is_refused_without_being_quoted(world, value, complaint):
    world.config.write_text(f"{world.config.read_text()}\n[notify]\nheartbeat = {value}\n")
    refused = world.run("sync")
    assert refused.exit_code == 4
    assert f"notify.heartbeat: {complaint}" in refused.stderr
    assert "monitor.example" not in refused.stderr
