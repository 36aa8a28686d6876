"""Which characters without a picture stay, in each place where a text is shown."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_meeting import EVENT

from calmirror.cli.screen import clean
from calmirror.model.characters import BLANKS, PLACES, UNSEEN, seen
from calmirror.model.policy import Policy
from calmirror.translate.event import desired_single

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "fields.md").read_text()
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
STAYS = ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200c\u0937", f"{ENGLAND} Cup"]
STAYS += ["\u05d0\u200f!", "C\u200e (x)", "\u061c-5", "\U0001f469\u200d\U0001f467", "\u0600\u0661", "\u2714\ufe0f"]


def shown(text):
    """The text in every place."""
    event = replace(EVENT, subject=text, places=(), location=text, body=text, body_type="text", join_url="")
    [part] = desired_single(event, Policy()).parts
    return {
        "title": part.body.get("summary", ""),
        "place": part.body.get("location", ""),
        "description": part.body["description"].partition("<br>")[0],
        "terminal": clean(text),
        "page": seen(text, "page"),
    }


@pytest.mark.parametrize("text", STAYS)
def test_what_spelling_and_emoji_need_stays_everywhere(text):
    assert shown(text) == dict.fromkeys(PLACES, text)


@pytest.mark.parametrize(("first", "last", "name", "stays"), UNSEEN, ids=[row[2] + row[0] for row in UNSEEN])
def test_each_row_of_the_table_holds_in_each_place(first, last, name, stays):
    for unseen in {first, last}:
        for where, made in shown(f"a{unseen}b").items():
            assert made == (f"a{unseen}b" if where in stays else "ab"), (name, where)


@pytest.mark.parametrize("reference", ["&#x202e;", "&#8238;", "&#x2067;"])
def test_a_character_reference_is_no_way_around_the_table(reference):
    event = replace(EVENT, body=f"<p>a{reference}b</p>", body_type="html")
    assert desired_single(event, Policy()).parts[0].body["description"].count("ab") == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\U000e0068\U000e0069x", "x"),
        (ENGLAND[:-1] + "x", "\U0001f3f4x"),
        ("\U0001f3f4" + "\U000e0061" * 40 + "\U000e007f", "\U0001f3f4"),
        (f"{ENGLAND}\U000e0061", ENGLAND),
        ("\U000e0001x", "x"),
    ],
)
def test_tags_that_are_no_flag_go(text, left):
    assert set(shown(text).values()) == {left}


def test_a_title_of_nothing_to_see_is_none():
    assert shown("\u200e\u200c ")["title"] == ""


def test_a_flag_is_not_cut_in_two():
    made = shown("x" * 996 + ENGLAND * 2)["title"]
    assert made == "x" * 996 + "\U0001f3f4…"


@settings(max_examples=200)
@given(st.text(st.sampled_from([*ENGLAND, "\u202e", "\u200c", "\ud83d", "a", " "])), st.sampled_from(PLACES))
def test_cleaning_twice_changes_nothing(text, where):
    assert seen(seen(text, where), where) == seen(text, where)


def code_points(first, last):
    """As the page writes them."""
    return f"U+{ord(first):04X}" + (f"–{ord(last):04X}" if last != first else "")  # noqa: RUF001 - an en dash is meant


def test_the_page_has_the_table():
    told = re.findall(r"^\| (U\+[^|]*\S) \| ([^|]*\S) \| ([^|]*\S) \|$", PAGE, re.MULTILINE)
    stays = [
        (code_points(a, b), name, ", ".join(p for p in PLACES if p in where) or "nowhere")
        for a, b, name, where in UNSEEN
    ]
    blank = [(code_points(a, b), name, "as a blank or a line break") for a, b, name in BLANKS]
    everywhere = ", ".join(PLACES)
    wanted = [(a, b, c.replace(everywhere, "everywhere")) for a, b, c in [*blank, *stays]]
    assert [row for row in told if row[1] != "tags"] == wanted
