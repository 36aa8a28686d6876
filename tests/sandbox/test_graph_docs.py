"""The page about the stand-in names every switch with its default and every fault, and no other."""

import re
from dataclasses import fields
from pathlib import Path

from calmirror.sandbox.graph.errors import CATALOGUE
from calmirror.sandbox.graph.switches import GraphSwitches

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox-microsoft.md"
RECORDED = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| `(test_\w+)` \|$", re.MULTILINE)


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


def test_every_recorded_behaviour_has_evidence_a_default_and_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_graph_*.py"))
    rows = RECORDED.findall(PAGE.read_text())
    assert len(rows) > 20
    for behaviour, switch, evidence, test in rows:
        assert f"def {test}(" in tests, behaviour
        assert re.match(r"(R|L|S|F|D)\b", evidence), behaviour
        named = re.match(r"`(\w+)` `([^`]+)`(.*)", switch)
        assert named or switch == "always", behaviour
        if named and "other side" not in named[3]:
            assert named[2].strip('"') == str(getattr(GraphSwitches(), named[1])), behaviour
