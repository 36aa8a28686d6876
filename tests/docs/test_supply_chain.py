"""What is installed is locked by hash, and what a release says it runs with is what is locked."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    return dict(PACKAGE.findall((ROOT / "lock" / name).read_text()))


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_every_locked_package_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / "lock" / name).read_text().strip())
    assert entries
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_the_tools_of_developers_and_the_product_agree_on_every_version() -> None:
    dev = locked("dev.txt")
    assert {name: dev.get(name) for name in locked("runtime.txt")} == locked("runtime.txt")


def test_the_bill_of_materials_names_what_is_locked(tmp_path: Path) -> None:
    bill = tmp_path / "bill.json"
    tool = str(Path(sys.executable).with_name("cyclonedx-py"))
    command = [tool, "requirements", str(ROOT / "lock" / "runtime.txt"), "--output-file", str(bill)]
    subprocess.run(command, check=True, capture_output=True)
    listed = {one["name"]: one["version"] for one in json.loads(bill.read_text())["components"]}
    assert listed == locked("runtime.txt")
