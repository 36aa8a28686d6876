"""Each check of the contract suite reports exactly the side that is set on the sandbox, and no switch is forgotten."""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tools"))

import contract
import contract_sandbox
from contract_check import Check, Finding, NotSettledError, Suite, UnexpectedAnswerError, accepted, found
from contract_google_checks import GOOGLE
from contract_outlook import daily, times
from contract_outlook_checks import MICROSOFT

from calmirror.http.message import Answer, Request
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import Fault

CHECKS = [(suite, check) for suite in (GOOGLE, MICROSOFT) for check in suite.checks]
FACTS = [(suite, check) for suite, check in CHECKS if not check.switch]
READING = [check for check in MICROSOFT.checks if not check.writes]
TODAY = datetime.fromtimestamp(contract_sandbox.NOW, UTC).date()


def named(value: Any) -> str | None:
    """The name of a parameter that pytest shows."""
    return value.service if isinstance(value, Suite) else value.name if isinstance(value, Check) else None


def sides(checks: list[tuple[Suite, Check]]) -> list[tuple[Suite, Check, object]]:
    """Every check with every side that can be set; of a fact, True."""
    return [(suite, check, side) for suite, check in checks for side in check.sides]


def switched(suite: Suite, check: Check, side: object) -> Any:
    """A stand-in on which a side of a check's switch is set."""
    return contract_sandbox.stand_in(suite, **check.given, **({check.switch: side} if check.switch else {}))


@pytest.mark.parametrize(("suite", "check", "side"), sides(CHECKS), ids=named)
def test_a_check_reports_exactly_the_side_that_is_set(suite: Suite, check: Check, side: object) -> None:
    finding = found(check, contract_sandbox.scratch_at(switched(suite, check, side)))
    assert (finding.why, finding.side, type(finding.side)) == ("", side, type(side))
    assert not finding.differs


def lived_in(service: GraphService) -> GraphService:
    """A mailbox with two endless series, one of them with a changed occurrence, and some single events."""
    service.mailbox.add_calendar("Another")
    for hour in ("09:00", "11:00"):
        series = daily(TODAY, 0, type="weekly", daysOfWeek=["monday", "thursday"])
        series["range"] = {"type": "noEnd", "startDate": str(TODAY)}
        master = service.mailbox.create({"subject": "Theirs", **times(TODAY, hour), "recurrence": series})
    first = next(service.mailbox.expander.rule(service.mailbox.item(master)).dates(TODAY, TODAY + timedelta(9)))
    service.mailbox.edit_occurrence(master, first, subject="Theirs alone")
    for day in range(12):
        service.mailbox.create({"subject": f"Single {day}", **times(TODAY + timedelta(day), "14:00")})
    return service


@pytest.mark.parametrize(("suite", "check", "side"), sides([(MICROSOFT, check) for check in READING]), ids=named)
def test_what_needs_no_writing_is_seen_in_a_calendar_that_is_there(suite: Suite, check: Check, side: object) -> None:
    service = lived_in(switched(suite, check, side))
    finding = found(check, contract_sandbox.scratch_at(service, writes=False))
    assert (finding.why, finding.side) == ("", side)
    assert {exchange.method for exchange in service.log} == {"GET"}


def test_an_empty_calendar_that_is_only_read_settles_little_and_is_no_difference() -> None:
    service = contract_sandbox.stand_in(MICROSOFT)
    findings = [found(check, contract_sandbox.scratch_at(service, writes=False)) for check in READING]
    assert not any(finding.differs for finding in findings)
    assert {finding.why for finding in findings} > {"there is no series in the next 60 days"}


@pytest.mark.parametrize("suite", [GOOGLE, MICROSOFT], ids=named)
def test_no_switch_is_forgotten_and_none_is_named_that_there_is_not(suite: Suite) -> None:
    settled = [check.switch for check in suite.checks if check.switch]
    assert sorted([*settled, *suite.out_of_reach]) == sorted(field.name for field in fields(suite.switches))
    assert all(len(check.sides) > 1 for check in suite.checks if check.switch)
    assert all(suite.out_of_reach.values())


@pytest.mark.parametrize(("suite", "check"), CHECKS, ids=named)
def test_a_check_says_its_behaviour_in_one_sentence(suite: Suite, check: Check) -> None:
    assert re.fullmatch(r"[^.]+(\.[^ ][^.]*)*\.", check.says), check.says


OTHERWISE = {
    "an_id_is_taken_once": ("^409", "200"),
    "a_stale_version_is_refused": ("412", "200"),
    "a_deleted_event_is_gone": ("^410", "404"),
    "properties_find_changed_instances": (r'"id": "contract\w{16}_', '"id": "'),
    "a_write_is_listed_at_once": ('"status": "cancelled"', '"status": "confirmed"'),
    "a_wrong_sync_token_is_refused": ("^400", "200"),
    "a_moved_instance_has_its_own_sequence": ('"sequence": 1', '"sequence": 0'),
    "a_cancelled_instance_is_listed": ("originalStartTime", "start"),
    "instance_ids_can_be_computed": (r'(_\d{8}T)08(\d{4}Z")', r"\g<1>09\2"),
    "a_rule_is_cleared_by_null_and_by_nothing": ('"eventType"', '"recurrence": ["RRULE:FREQ=DAILY"], "eventType"'),
    "rules_are_kept_as_written": ("T215959Z", "T220000Z"),
    "what_the_screen_cuts_off_is_family": ("(_R[0-9T]+)", r"\1Z"),
    "occurrences_come_with_times_alone": ('"type": "occurrence"', '"type": "occurrence", "subject": ""'),
    "occurrences_are_named_by_series_and_date": ('"OID', '"ID'),
    "a_deleted_occurrence_has_no_tombstone": ("^404", "200"),
    "a_deleted_event_has_a_tombstone": ("ErrorItemNotFound", "ErrorOther"),
    "an_event_moved_out_of_the_window_has_a_tombstone": ('"@removed"', '"type": "singleInstance", "gone"'),
    "an_exception_keeps_its_title_and_has_the_version_of_its_series": ('"contract: own"', '"contract: renamed"'),
    "whole_days_are_midnights_in_every_zone": ("T00:00:00", "T13:00:00"),
}
"""For each fact, what is replaced in the service's answers (status, a line's end, body) so that it does not hold."""


@pytest.mark.parametrize(("suite", "check"), FACTS, ids=named)
def test_a_fact_that_does_not_hold_is_a_difference(suite: Suite, check: Check) -> None:
    pattern, replacement = OTHERWISE[check.name]

    def altered(_request: Request, answer: Answer) -> Answer:
        text = re.sub(pattern, replacement, f"{answer.status}\n{answer.body.decode()}")
        status, _, body = text.partition("\n")
        return Answer(int(status), answer.headers, body.encode())

    service = contract_sandbox.stand_in(suite)
    service.faults.append(Fault(alter=altered, times=-1))
    finding = found(check, contract_sandbox.scratch_at(service))
    assert (finding.side, finding.why, finding.differs) == (False, "", True)


def test_a_check_that_cannot_find_out_is_not_settled() -> None:
    def refused(status: int) -> Finding:
        check = Check(name="some", says="Some.", look=lambda _: accepted(Answer(status)))
        return found(check, None)

    assert [refused(status).differs for status in (403, 429, 503)] == [False] * 3
    assert (refused(404).differs, refused(404).why) == (True, "a request was refused: 404")
    odd = found(Check(name="some", says="Some.", look=lambda _: {}["missing"], switch="spread"), None)
    assert (odd.differs, odd.why) == (False, "an answer of an unexpected form (KeyError)")


@pytest.mark.parametrize("error", [NotSettledError, UnexpectedAnswerError])
def test_what_a_person_leaves_out_is_asked_once(error: type[Exception]) -> None:
    asked = []

    class Nobody:
        def does(self, sentence: str, act: str, **arguments: Any) -> None:
            asked.append(act)
            raise error("it was left out")

    outlook = contract_sandbox.scratch_at(contract_sandbox.stand_in(MICROSOFT))
    outlook.person = Nobody()
    wanted = [check for check in MICROSOFT.checks if check.name in ("split_tail", "split_uid")]
    assert [found(check, outlook).why for check in wanted] == ["it was left out"] * 2
    assert len(asked) == (1 if error is NotSettledError else 2)


def test_the_command_says_of_each_check_what_it_tells_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert contract.main([]) == 0
    told = capsys.readouterr().out
    assert "told apart: 'shared', 'rows'" in told
    assert told.endswith("Each check reports exactly what is set.\n")
    assert contract.main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {check.name}: " in listed for _, check in CHECKS)
    assert "trash_days: no check: takes weeks" in listed


def test_a_check_that_reports_another_side_than_is_set_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blind = Check(name="spread", says="Some.", look=lambda _: "texts", switch="spread", sides=("texts", "nothing"))
    monkeypatch.setattr(GOOGLE, "checks", [blind])
    assert contract.main(["--only", "spread"]) == 1
    assert "'nothing' is set, and the result is 'texts'" in capsys.readouterr().out
