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


BACK = '<a href="https://outlook.office365.com/x">Open in Outlook</a>'


@pytest.mark.parametrize(
    "sent",
    [
        "Agenda<br>--- my notes ---<br>SECRET",
        "--- my notes ---<br>SECRET",
        "Agenda<br>-- MY NOTE --<br>SECRET<br>--- my notes ---<br>more",
    ],
)
def test_a_marker_line_that_was_sent_as_the_events_own_begins_no_note(sent: str) -> None:
    """As version 0.1 sent it: before the link with which our text ends."""
    sent = f"{sent}<br><br>{BACK}"
    assert split_note(sent) == (sent, "")
    assert split_note(sent, sent) == (sent, "")
    noted = with_note(sent, "bring cake")
    assert split_note(noted) == split_note(noted, sent) == (sent, "bring cake")


@pytest.mark.parametrize(
    ("current", "note"),
    [
        (f"Agenda<br>one &amp; two<br>--- my notes ---<br>bring cake<br><br>{BACK}", "bring cake"),
        (f"--- my notes ---<br>bring cake<br>Agenda<br>one &amp; two<br><br>{BACK}", "bring cake"),
        (f"<p>--- my notes ---</p><p>bring <b>cake</b></p><p>Agenda</p>\none & two<br><br>{BACK}", "bring <b>cake</b>"),
        (f"--- my notes ---<br>Agenda<br>one &amp; two<br><br>{BACK}", ""),
        (f"Agenda<br>one &amp; two<br><br>{BACK}<br>--- my notes ---<br>Agenda", "Agenda"),
    ],
)
def test_what_we_sent_is_no_part_of_a_note_wherever_the_marker_was_typed(current: str, note: str) -> None:
    assert split_note(current, f"Agenda<br>one &amp; two<br><br>{BACK}")[1] == note
