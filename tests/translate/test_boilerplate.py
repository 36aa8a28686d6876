"""What meeting services write is left out, and nothing else, whatever is around it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmirror.translate.html import describe

LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%40thread.v2/0"
RULE = "_" * 40
BLOCK = (
    f"<p>{RULE}</p><p>Microsoft Teams <a href='https://aka.ms/JoinTeamsMeeting'>Hilfe?</a></p>"
    f"<p><a href='{LINK}'>Jetzt teilnehmen</a></p><p>Besprechungs-ID: 234 567 890 123</p>"
    f"<p>Kennung: Ab12cD</p><p>{RULE}</p>"
)
SENTENCE = "A long sentence that only a person writes" + ", about this and that" * 5
FRAGMENTS = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<br>", "<ul>", "<li>", "</ul>", "<b>", "</b>", "<table><tr><td>", "<hr>"),
        *(RULE, f"<p>{RULE}</p>", f"<a href='{LINK}'>Join</a>", LINK, "word", "two words ", "+1 323 555 0166", BLOCK),
        *("Join Zoom Meeting", "Meeting ID: 123 456 789 012", "https://aka.ms/JoinTeamsMeeting", "Zoom", "<td>"),
    ]
)


@given(st.lists(FRAGMENTS, max_size=25).map("".join), st.integers(1, 400) | st.just(8192))
def test_a_body_without_its_invitation_is_well_formed_and_within_the_limit(body: str, limit: int) -> None:
    described = describe(body, "html", limit=limit, join_link=LINK)
    assert len(described) <= limit
    assert not re.search("^<br>|<br>$|<br><br><br>|<(ul|li)></", described)
    assert describe(described, "html", limit=limit) == described


@given(st.lists(st.sampled_from(["alpha", "beta gamma", "delta", "12:30"]), max_size=6), st.sampled_from("pb"))
def test_what_stands_before_and_after_is_kept(words: list[str], tag: str) -> None:
    lines = "".join(f"<{tag}>{word}</{tag}><br>" for word in words)
    text = unescape(re.sub("<[^>]*>", " ", describe(lines + BLOCK + lines, "html", join_link=LINK)))
    assert text.split() == " ".join(words + words).split()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (BLOCK, ""),
        ("a" + BLOCK + "b", "a<br><br>b"),
        (f"<ul><li>a</li></ul>{BLOCK}<p>b</p>", "<ul><li>a</li></ul>b"),
        (BLOCK + BLOCK, ""),
        (BLOCK.removesuffix(f"<p>{RULE}</p>"), None),
        (BLOCK.replace("<p>Besprechung", f"<p>{SENTENCE}</p><p>Besprechung"), SENTENCE),
        (f"<p>{RULE}</p><p>From: Ana</p>{BLOCK}", "_" * 16 + "<br>From: Ana"),
        (f"<p>Numbers: <a href='{LINK}'>{LINK}</a></p>", None),
        (f"<p>(<a href='{LINK}'>{LINK}</a>)</p>", ""),
        (f"<p><a href='{LINK}'>The room of the board</a></p>", None),
        (f"<p>a</p><p>{RULE}</p><p>Microsoft Teams</p><p><a href='{LINK}'>Join the meeting</a></p>b", "a<br><br>b"),
        ("<p>Ana is inviting you to a scheduled Zoom meeting.</p><p>b</p>", "b"),
    ],
)  # fmt: skip
def test_only_what_repeats_how_to_join_is_left_out(body: str, expected: str | None) -> None:
    """None: everything a person could have written is still there."""
    described = describe(body, "html", join_link=LINK)
    if expected is None:
        assert LINK in described or "Besprechungs-ID" in described
    else:
        assert described == expected


def test_the_text_after_a_long_invitation_is_not_lost() -> None:
    phones = "".join(f"<p>Kennung {n}: 234 567 890 {n}</p>" for n in range(100, 130))
    block = BLOCK.replace("<p>Kennung", phones + "<p>Kennung")
    assert describe(f"a{block}<p>the end</p>", "html", limit=40, join_link=LINK) == "a<br><br>the end"


def test_nothing_is_left_out_where_the_link_is_not_shown_elsewhere() -> None:
    assert LINK in describe(BLOCK, "html")
