"""A person's note below the marker line is found and put back, whatever Google made of the line breaks."""

from __future__ import annotations

import pytest

from calmirror.plan.note import LONGEST, split_note, with_note


@pytest.mark.parametrize(
    ("description", "own", "note"),
    [
        ("Agenda", "Agenda", ""),
        ("", "", ""),
        ("Agenda<br>--- my notes ---<br>bring cake", "Agenda", "bring cake"),
        ("Agenda\n--- My Notes ---\nbring cake", "Agenda", "bring cake"),
        ("<p>Agenda</p><p>-- my note --</p>bring <b>cake</b>", "<p>Agenda", "bring <b>cake</b>"),
        ("--- my notes ---<br>bring cake", "", "bring cake"),
        ("Read --- my notes --- before", "Read", "before"),
        ("well--- my notes ---no line", "well--- my notes ---no line", ""),
        ("Agenda<br>--- my notes ---", "Agenda", ""),
    ],
)
def test_a_note_is_what_stands_below_the_marker(description: str, own: str, note: str) -> None:
    assert split_note(description) == (own, note)


@pytest.mark.parametrize("own", ["", "Agenda", "<b>Agenda</b><br>one"])
def test_a_note_comes_back_as_it_was(own: str) -> None:
    assert split_note(with_note(own, "bring cake<br>and tea")) == (own, "bring cake<br>and tea")


def test_a_very_long_note_is_cut() -> None:
    assert len(split_note("--- my notes ---\n" + "x" * 9000)[1]) == LONGEST


@pytest.mark.parametrize("filler", ["\n", " ", "<br>", "<br", "<p>", "- ", "-- my ", "-"])
def test_no_description_keeps_the_search_busy(filler: str) -> None:
    """Alternatives that match the same text twice would take longer than the universe is old."""
    description = "x" + filler * (8000 // len(filler)) + "y"
    assert split_note(description) == (description, "")
    own, note = split_note(f"{description}<br>--- my notes ---<br>cake")
    assert (own, note) == (description, "cake")
