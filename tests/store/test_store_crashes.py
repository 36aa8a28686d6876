"""Real processes: killed halfway, or after the same thing at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Link
from calmirror.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

HALFWAY = """
import sys
from dataclasses import replace
from calmirror.store import open_store

store = open_store(sys.argv[1])
links = store.links("work")
new = [replace(link, fingerprint="new", sent={"description": "y" * 2000}) for link in links[:1500]]

def journal():
    print("halfway", flush=True)
    sys.stdin.read()
    yield

store.settle("work", 1, 1, links=new, gone=[link.event_id for link in links[1500:]], journal=journal())
"""

RACE = """
import sys
from calmirror.errors import RunLockedError
from calmirror.store import open_store

print("ready", flush=True)
sys.stdin.readline()
with open_store(sys.argv[1]) as store:
    for number in range(20):
        try:
            store.take_lease(f"mirror{number}", owner=sys.argv[2], now=1000, ttl=60)
            print(number, flush=True)
        except RunLockedError:
            pass
"""


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def test_a_run_killed_in_the_middle_of_a_transaction_leaves_the_state_before_it(shared_url: str) -> None:
    links = [
        Link(
            source_id=SourceId(f"source{number}"),
            part="",
            event_id=EventId(f"event{number}"),
            generation=0,
            fingerprint="old",
            sent={"description": "x" * 2000},
        )
        for number in range(2000)
    ]
    with open_store(shared_url) as store:
        epoch = store.take_lease("work", owner="me", now=0, ttl=60)
        run = store.begin_run("work", at=0)
        store.adopt("work", epoch, links)
    with process(HALFWAY, shared_url) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "halfway\n"
        killed.kill()
        assert killed.wait() == -signal.SIGKILL
    with open_store(shared_url) as store:
        assert sorted(store.links("work"), key=lambda link: link.event_id) == sorted(
            links, key=lambda link: link.event_id
        )
        assert store.journal(run) == []
        store.settle("work", epoch, run, gone=[link.event_id for link in links])
        assert store.links("work") == []


@pytest.mark.parametrize("existing", [True, False], ids=["of a state", "of no state yet"])
def test_of_two_processes_that_take_a_lease_at_once_one_gets_it(shared_url: str, existing: bool) -> None:
    if existing:
        open_store(shared_url).close()
    with process(RACE, shared_url, "a") as a, process(RACE, shared_url, "b") as b:
        for one in (a, b):
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in (a, b):
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        taken = {one: one.communicate()[0].split() for one in (a, b)}
        assert (a.returncode, b.returncode) == (0, 0)
    assert sorted(map(int, taken[a] + taken[b])) == list(range(20))
    with open_store(shared_url) as store:
        owners = {state.name: (state.lease_owner, state.epoch) for state in store.mirrors()}
    assert owners == {f"mirror{n}": ("a" if str(n) in taken[a] else "b", 1) for n in range(20)}
