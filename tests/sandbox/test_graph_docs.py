"""The page about the stand-in names every switch with its default and every fault, and no other."""

import re
from dataclasses import fields
from pathlib import Path

from calmirror.sandbox.graph.errors import CATALOGUE
from calmirror.sandbox.graph.switches import GraphSwitches

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox-microsoft.md"


def test_every_switch_is_documented_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE.read_text(), re.MULTILINE)
    switches = {field.name: getattr(GraphSwitches(), field.name) for field in fields(GraphSwitches)}
    assert [name for name, _ in rows] == list(switches)
    for name, default in rows:
        text = default.strip('"').replace("_", "") if name == "quota" else default.strip('"')
        assert text == str(switches[name]), name


def test_every_named_fault_is_documented_with_its_status():
    rows = re.findall(r"^\| `([\w-]+)` \| (\d{3}) \|", PAGE.read_text(), re.MULTILINE)
    assert [(name, int(status)) for name, status in rows] == [(n, a.status) for n, a in CATALOGUE.items()]
