"""One suite of checks of both services: on the sandbox, or with real accounts (--live).

On the sandbox each check must report the side that was set. With real accounts it prints which side of each unsettled
behaviour holds, and writes the answers to a file, with everything personal replaced.

Exit codes: 0 all is as calmirror relies on; 1 something differs; 2 and above as calmirror.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import contract_live
from contract_check import Check, Finding, NotSettledError, Suite, UnexpectedAnswerError, default_of
from contract_google_checks import GOOGLE
from contract_outlook_checks import MICROSOFT
from contract_sandbox import reports

from calmirror import __version__
from calmirror.config import find, load
from calmirror.errors import CalmirrorError, UserFixableError
from calmirror.tokens.person import Way

SUITES = (GOOGLE, MICROSOFT)
DIFFERS, STOPPED = 1, 130


def options(typed: Sequence[str] | None) -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="./dev contract", description=__doc__)
    parser.add_argument("--live", action="store_true", help="with the accounts of a configuration")
    parser.add_argument("--list", action="store_true", help="only list the checks, and the switches that none settles")
    parser.add_argument("--only", action="append", default=[], help="checks with this in their names; may be repeated")
    parser.add_argument("--config", type=Path, help="configuration file (default: as calmirror finds it)")
    parser.add_argument("--answers", type=Path, default=Path("contract-answers.json"), help="where --live writes them")
    parser.add_argument("--writer", default="", help="a command that prints a Microsoft token that may write")
    parser.add_argument("--sign-in", choices=[way.value for way in Way], help="how to sign in to write")
    return parser.parse_args(typed)


def main(typed: Sequence[str] | None = None) -> int:
    """Run what was asked for, and return the exit code."""
    given = options(typed)

    def wanted(check: Check) -> bool:
        return not given.only or any(name in check.name for name in given.only)

    try:
        if given.list:
            return listed(wanted)
        return live(given, wanted) if given.live else on_sandbox(wanted)
    except CalmirrorError as error:
        click.echo(f"{error.what}\n  {error.meaning}\n  → {error.command}\n  code: {error.code}", err=True)
        return error.exit_code
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        return STOPPED


def listed(wanted: Callable[[Check], bool]) -> int:
    """Print each check with its sentence, and each switch that no check settles with the reason."""
    for suite in SUITES:
        click.echo(f"{suite.service}")
        for check in filter(wanted, suite.checks):
            marks = (("a person", check.asks), ("reads only", not check.writes), ("a fact", not check.switch))
            notes = ", ".join(word for word, true in marks if true)
            click.echo(f"  {check.name}: {check.says}" + (f" ({notes})" if notes else ""))
        for name, why in suite.out_of_reach.items():
            click.echo(f"  {name}: no check: {why}")
    return 0


def on_sandbox(wanted: Callable[[Check], bool]) -> int:
    """Run the checks on the sandbox, each once for every side."""
    wrong = 0
    for suite in SUITES:
        click.echo(f"{suite.service}, on the sandbox")
        for check in filter(wanted, suite.checks):
            results = list(reports(suite, check))
            bad = [f"{side!r} is set, and the result is {finding.why or repr(finding.side)}"
                   for side, finding in results if not same(side, finding.side)]  # fmt: skip
            wrong += bool(bad)
            sides = ", ".join(repr(side) for side in check.sides)
            good = f"told apart: {sides}" if check.switch else "holds"
            click.echo(f"  {check.name:<58} {'; '.join(bad) or good}")
    click.echo(f"{wrong} checks do not report what is set." if wrong else "Each check reports exactly what is set.")
    return DIFFERS if wrong else 0


def live(given: argparse.Namespace, wanted: Callable[[Check], bool]) -> int:
    """Run the checks with real accounts, after a yes; write the answers also where the run ends early."""
    settings = load(find(given.config, os.environ, Path.cwd()))
    run = contract_live.Live(settings, writer=given.writer, way=Way(given.sign_in) if given.sign_in else None)
    accounts = list(run.accounts())
    for account in accounts:
        run.offer_removal(account)
    click.echo("\nThis run is going to:\n")
    for account in accounts:
        click.echo("\n".join(contract_live.listing(account, account.checks(wanted))))
    click.echo(f"\nNothing else is written. The answers go to {given.answers}; ids, names, addresses and titles of")
    click.echo("events that are not the run's own are replaced. Each check in one sentence: ./dev contract --list")
    if not contract_live.agreed("Begin?"):
        raise UserFixableError(
            "Nothing was done: it was not confirmed.", code="not-confirmed", command="Type y to begin"
        )
    findings: list[Finding] = []
    try:
        for account in accounts:
            click.echo(f"\n{account.suite.service}")
            try:
                findings += run.run(account, account.checks(wanted), show)
            except (NotSettledError, UnexpectedAnswerError) as error:
                click.echo(f"  no check can run: {error}")
    finally:
        write(given.answers, run)
    return summed(findings)


def show(suite: Suite, finding: Finding) -> None:
    """Print one finding."""
    click.echo(f"  {finding.check.name:<58} {result(suite, finding)}")


def result(suite: Suite, finding: Finding) -> str:
    """A finding in words."""
    check = finding.check
    if finding.differs:
        return f"DIFFERS from what calmirror relies on ({finding.why or 'it does not hold'}): {check.says}"
    if finding.why:
        return f"not settled: {finding.why}"
    if not check.switch:
        return "holds"
    default = default_of(suite.switches, check.switch)
    if not any(same(side, finding.side) for side in check.sides):
        return f"no known side: {finding.side!r} (the sandbox: {default!r})"
    return repr(finding.side) if same(default, finding.side) else f"{finding.side!r} (the sandbox: {default!r})"


def same(one: object, other: object) -> bool:
    """Whether two sides are the same; 1 is not True."""
    return type(one) is type(other) and one == other


def write(path: Path, run: contract_live.Live) -> None:
    """Write the answers."""
    head = {"calmirror": __version__, "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    path.write_text(json.dumps(head | run.evidence, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(f"\nThe answers are in {path}. Look through it before you send it to anybody.")


def summed(findings: Sequence[Finding]) -> int:
    """Print how many results of each kind there are, and return the exit code."""
    differing = sum(finding.differs for finding in findings)
    open_ones = sum(bool(finding.why) and not finding.differs for finding in findings)
    sides = sum(bool(finding.check.switch) and not finding.why for finding in findings)
    facts = len(findings) - differing - open_ones - sides
    click.echo(f"{sides} sides are known, {facts} facts hold, {differing} differ, {open_ones} are not settled.")
    return DIFFERS if differing else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
