"""Known vulnerabilities of the locked packages, and whether each package could be looked up at all.

Exit codes: 0 all were looked up and none is known to be vulnerable; 1 a vulnerable one; 3 some could not be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
VULNERABLE, NOT_LOOKED_UP = 1, 3


def looked_up(lock: Path) -> list[dict[str, Any]]:
    """What pip-audit found out about each package of a lock file."""
    command = ["pip-audit", "--format", "json", "--disable-pip", "--require-hashes", "--requirement", str(lock)]
    done = subprocess.run(  # noqa: S603 - a tool of this environment, and our own files
        [str(Path(sys.executable).with_name(command[0])), *command[1:]], capture_output=True, text=True, check=False
    )
    if not done.stdout:  # it says so in words alone when the service cannot be reached
        return [{"name": "every package", "skip_reason": done.stderr.strip().splitlines()[-1:] or "no answer"}]
    found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    return found


def main() -> int:
    """Prints what is known, and returns the exit code."""
    packages = [package for lock in sorted((ROOT / "lock").glob("*.txt")) for package in looked_up(lock)]
    names = {package["name"] for package in packages}
    skipped = {package["name"] for package in packages if "skip_reason" in package}
    vulnerable = {
        f"{package['name']} {package['version']}: {one['id']}, mended in {one['fix_versions'] or 'nothing yet'}"
        for package in packages
        for one in package.get("vulns", ())
    }
    click.echo(
        f"{len(names)} locked packages, {len(names) - len(skipped)} looked up, {len(vulnerable)} vulnerabilities"
    )
    for one in sorted(vulnerable):
        click.echo(f"  {one}")
    if skipped:
        click.echo(
            f"  NOT AUDITED: {len(skipped)} could not be looked up, among them {', '.join(sorted(skipped)[:3])}."
        )
        click.echo("  Run this where the index's advisories can be reached, before a release.")
    return VULNERABLE if vulnerable else NOT_LOOKED_UP if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
