"""What a release consists of, made in dist/: the wheel, the bill of materials of what it runs with, their checksums."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"


def run(*command: str) -> None:
    """Runs a tool of this environment in the project's folder; ends the program where it fails."""
    tool = str(Path(sys.executable).with_name(command[0]))
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, check=False)  # noqa: S603 - a tool of this environment
    if done.returncode:
        sys.exit(f"release: {command[0]} ended with {done.returncode}")


def bill_of_materials(version: str) -> Path:
    """CycloneDX: every locked package with its version and the hashes that are installed from."""
    bill = DIST / f"calmirror-{version}.cdx.json"
    options = ("--pyproject", "pyproject.toml", "--mc-type", "application", "--short-PURLs", "--output-reproducible")
    run("cyclonedx-py", "requirements", "lock/runtime.txt", *options, "--output-file", str(bill))
    return bill


def main() -> None:
    """Makes all of it, and says what was made."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    DIST.mkdir(exist_ok=True)
    for old in DIST.iterdir():
        old.unlink()
    run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", ".")
    bill = bill_of_materials(version)
    made = sorted(DIST.iterdir())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (DIST / "SHA256SUMS").write_text(sums)
    click.echo(f"{len(json.loads(bill.read_text())['components'])} packages in {bill.name}")
    click.echo(sums, nl=False)


if __name__ == "__main__":
    main()
