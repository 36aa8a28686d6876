"""`doctor` finds what hinders a mirror, names the cure, and changes nothing."""

import json
from email.utils import formatdate

import pytest
from cli_world import World

from calmirror.cli.checks.finding import Verdict
from calmirror.cli.checks.network import Way
from calmirror.cli.checks.runs import last_success, quota
from calmirror.cli.checks.sign_in import ending
from calmirror.cli.sign_ins import Standing
from calmirror.config import load
from calmirror.http.message import Answer, ConnectionBrokenError
from calmirror.model.mirror import MirrorState, RunRecord
from calmirror.tokens.model import SignIn


def found(world: World) -> dict[str, dict]:
    result = world.run("doctor", "--json")
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == max(finding["exit_code"] for finding in findings)
    return {finding["subject"]: finding for finding in findings}


def test_a_new_mirror_is_fine_and_is_told_to_start(world: World) -> None:
    findings = found(world)
    assert {finding["verdict"] for finding in findings.values()} == {"fine", "note"}
    assert "calmirror --config" in findings["mirror work"]["cure"]
    assert "sync" in findings["mirror work"]["cure"]


def test_after_a_sync_nothing_is_left_to_say(world: World) -> None:
    world.meet()
    world.run("sync")
    findings = found(world)
    assert [subject for subject, finding in findings.items() if finding["verdict"] != "fine"] == ["schedule"]
    assert "nothing is wrong" in world.run("doctor").stdout


def test_nothing_is_written_anywhere(world: World) -> None:
    world.run("doctor")
    assert {exchange.request.method for exchange in world.google.log} == {"GET"}
    assert sorted(path.name for path in world.config.parent.iterdir()) == ["calmirror.toml"]


def test_a_refused_sign_in_is_found_and_the_other_side_is_still_looked_at(world: World) -> None:
    world.graph.grants.clear()
    findings = found(world)
    assert findings["Microsoft"]["verdict"] == "wrong"
    assert findings["Microsoft"]["exit_code"] == 4
    assert findings["Google"]["verdict"] == "fine"


def test_a_source_that_is_not_there_is_found(world: World) -> None:
    world.configure("work", work="No such calendar")
    assert found(world)["Outlook calendar"]["verdict"] == "wrong"


def test_all_problems_of_a_configuration_are_told(world: World) -> None:
    world.config.write_text('[[mirror]]\nnmae = "work"\n')
    result = world.run("doctor")
    assert result.exit_code == 4
    assert "nmae" in result.stdout
    assert "token_command" in result.stdout


def test_a_key_that_is_called_otherwise_now_is_named(world: World) -> None:
    world.configure("work", more='watch = "daily"')
    result = world.run("doctor")
    assert result.exit_code == 0
    assert "mirror[0].watch: is called check_drift now" in result.stdout


def test_a_state_that_others_may_read_is_found(world: World) -> None:
    world.run("sync")
    (world.config.parent / "state.db").chmod(0o644)
    assert found(world)["state"]["cure"].startswith("chmod 600")


def test_a_key_that_others_may_read_is_found(world: World) -> None:
    key = world.config.parent / "google.json"
    key.write_text("private")
    text = world.config.read_text()
    world.config.write_text(text.replace("[google]\n", '[google]\ncredentials = "google.json"\n'))
    key.chmod(0o600)
    assert "keys" not in found(world)
    key.chmod(0o644)
    assert found(world)["keys"]["cure"] == f"chmod 600 {key}"


def test_a_state_that_is_damaged_is_found_and_left_as_it_is(world: World) -> None:
    state = world.config.parent / "state.db"
    state.write_bytes(b"not a database, whatever its name says" * 100)
    before = state.read_bytes()
    assert found(world)["state"]["code"] == "state-not-a-database"
    assert state.read_bytes() == before


class Answers:
    """A way on which one answer comes, given at a moment."""

    def __init__(self, world: World, ahead: float) -> None:
        self._date = formatdate(world.graph.clock.now() - ahead, usegmt=True)

    def send(self, _request: object) -> Answer:
        return Answer(401, {"date": self._date})


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(10, Verdict.FINE), (-100, Verdict.NOTE), (900, Verdict.WRONG), (-90000, Verdict.WRONG)]
)
def test_a_clock_that_is_off_is_found(world: World, ahead: float, verdict: Verdict) -> None:
    way = Way(Answers(world, ahead), world.graph.clock, service="Microsoft", url="https://graph.example")
    assert [finding.verdict for finding in way.check() if finding.subject == "clock"] == [verdict]


def test_a_service_that_cannot_be_reached_is_found(world: World) -> None:
    class Broken:
        def send(self, _request: object) -> Answer:
            raise ConnectionBrokenError("the TLS certificate or handshake is not right")

    (finding,) = Way(Broken(), world.graph.clock, service="Google", url="https://google.example").check()
    assert finding.exit_code == 5
    assert "ca_file" in finding.cure


def test_a_mirror_that_nothing_runs_any_more_is_found(world: World) -> None:
    (finding,) = last_success(
        load(world.config).mirrors[0], MirrorState(name="work", succeeded_at=1000.0), 1000.0 + 3 * 86400
    )
    assert finding.verdict is Verdict.WRONG
    assert "3 days ago" in finding.what


@pytest.mark.parametrize(
    ("days", "moments", "said"),
    [
        (2, {}, 'if your app at Google is still in "Testing", Google ends this sign-in in 5 days'),
        (2, {"refreshed_at": 8.0}, ""),
        (8, {}, ""),
        (2, {"ends_at": 7.0}, "Google ends this sign-in in 5 days"),
        (8, {"ends_at": 10.0, "refreshed_at": 8.0}, "Google ends this sign-in in 2 days"),
        (11, {"ends_at": 10.0}, ""),
    ],
)
def test_it_reminds_of_when_google_ends_a_sign_in(days: float, moments: dict[str, float], said: str) -> None:
    """What Google said of it counts; where it said nothing, it may be a week."""
    known = {name: day * 86400 for name, day in ({"signed_in_at": 0.0, "refreshed_at": 0.0} | moments).items()}
    signed_in = SignIn(made_for="app", access_token="token", expires_at=0.0, **known)
    standing = Standing(service="Google", by="person", sign_in=signed_in)
    assert "".join(finding.what for finding in ending(standing, days * 86400)) == said


def test_runs_that_were_slowed_down_are_counted() -> None:
    runs = [
        RunRecord(id=n, mirror="work", started_at=0.0, outcome=said) for n, said in enumerate(("exact", "throttled"))
    ]
    (finding,) = quota(runs, 600)
    assert finding.verdict is Verdict.WRONG
    assert "1 of the last 2" in finding.what
