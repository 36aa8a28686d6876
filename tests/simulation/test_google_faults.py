"""Whatever Google answers, before or after a write took effect: it ends right or stops cleanly, and never twice."""

import pytest
from world import World, broken

from calmirror.sandbox.google.errors import named
from calmirror.sandbox.service import Fault

BATCH, EVENTS = "/batch", "/events"
PASSING = (
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaPerMinute",
    "tooManyRequests",
    "backendError",
    "unavailable",
    "authError",
    "conflict",
)
LATE = ("conditionNotMet", "duplicate")
"""What Google says of a write that is repeated because its answer was lost."""
STOPPING = {
    "quotaExceeded": (5, "google-quota"),
    "dailyLimitExceeded": (5, "google-quota"),
    "insufficientPermissions": (4, "google-scope"),
    "accessNotConfigured": (4, "google-api-disabled"),
    "notACalendarUser": (4, "google-no-calendar-user"),
    "rateLimitExceeded": (5, "throttled"),
    "tooManyRequests": (5, "throttled"),
    "unavailable": (5, "unavailable"),
    "authError": (4, "sign-in-google"),
}
LIES = ("notFound", "deleted", "forbidden", "badRequest", "duplicate", "conditionNotMet")


def first_run():
    """Everything is new."""
    return World().fill(singles=6)


def changes():
    """Writes of every kind, to singles, series and single occurrences."""
    world = World().fill(singles=10).settle()
    world.edit_of_every_kind()
    return world


def each_once(world, **what):
    """Every write within a batch, whichever it is, goes wrong the first time that it is sent."""
    seen = set()

    def first_time(request):
        known = (request.method, request.url, request.body)
        fresh = request.method != "GET" and known not in seen
        seen.add(known)
        return fresh

    world.google.faults.append(Fault(matches=first_time, inside_batch=True, times=-1, **what))


def comes_right(world):
    world.google.faults.clear()
    world.clock.advance(120)
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize("scenario", [first_run, changes])
@pytest.mark.parametrize(
    ("when", "name"),
    [("answer", name) for name in PASSING] + [("answer_after", name) for name in (*PASSING, *LATE)],
)
def test_each_write_is_refused_once_and_the_run_still_ends_right(scenario, when, name):
    world = scenario()
    each_once(world, **{when: named(name)})
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize("scenario", [first_run, changes])
@pytest.mark.parametrize(
    "what",
    [{"reset_before": True}, {"reset_after": True}, {"truncate": 60}, *({w: 1} for w in ("answer", "answer_after"))],
    ids=["reset before", "reset after", "cut off", "503", "503 after"],
)
def test_a_batch_that_is_lost_as_a_whole_is_sent_again(scenario, what):
    world = scenario()
    whole = {
        key: named("unavailable") if value == 1 and key.startswith("answer") else value for key, value in what.items()
    }
    broken(world.google, BATCH, times=2, **whole)
    broken(world.google, EVENTS, inside_batch=True, times=3, **whole)
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize("scenario", [first_run, changes])
@pytest.mark.parametrize("when", ["answer", "answer_after"])
@pytest.mark.parametrize("name", STOPPING)
def test_a_refusal_of_everything_stops_the_run_and_the_next_one_is_right(scenario, when, name):
    world = scenario()
    broken(world.google, EVENTS, inside_batch=True, **{when: named(name)})
    broken(world.google, EVENTS, **{when: named(name)})
    assert world.sync() == STOPPING[name][0]
    assert world.error.code == STOPPING[name][1]
    comes_right(world)


@pytest.mark.parametrize("name", STOPPING)
def test_a_batch_that_is_refused_as_a_whole_stops_the_run_or_goes_one_by_one(name):
    world = changes()
    broken(world.google, BATCH, answer=named(name))
    assert world.sync() == STOPPING[name][0]
    comes_right(world)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("when", ["answer", "answer_after"])
@pytest.mark.parametrize("name", LIES)
def test_a_refusal_that_is_not_true_costs_no_event_and_verify_sees_what_it_did(method, when, name):
    """Google says for a whole run that writes are impossible, whether it carried them out or not."""
    world = changes()
    for inside_batch in (False, True):
        broken(world.google, EVENTS, method=method, inside_batch=inside_batch, **{when: named(name)})
    assert world.sync() in (0, 3, 4, 5)
    world.google.faults.clear()
    assert world.sync() == 0, world.error
    if world.verify().differences:
        assert (method, when, name) in FORGOTTEN
        assert world.repair().exit_code == 0
    world.assert_exact()


FORGOTTEN = {("DELETE", "answer", "deleted"), ("DELETE", "answer", "notFound")}
"""What Google says is deleted already is believed to be: no run looks again, `verify` does."""
