"""Every body of the corpus becomes a description that is safe, readable, within limits and always the same."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from body_corpus import CORPUS
from body_sample import Sample
from figures import digest

from calmirror.model.policy import Profile
from calmirror.translate.html import describe
from calmirror.translate.joinlinks import service
from calmirror.translate.meeting import description, join_link, place

LIMIT = 8192
CUT = [sample for sample in CORPUS if len(description(sample.event(), profile=Profile.FULL)) > LIMIT - 600]


class Elements(HTMLParser):
    """An independent parser that stops at whatever Google should never see."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.targets: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"a", "b", "br", "i", "li", "ol", "u", "ul"}
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
        self.targets += [value or "" for _, value in attrs]
        if tag == "br":
            self.words.append("\n")
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment survived")

    handle_decl = handle_pi = unknown_decl = handle_comment


def parsed(markup: str) -> Elements:
    elements = Elements()
    elements.feed(markup)
    elements.close()
    assert not elements.open
    return elements


@pytest.fixture(params=CORPUS, ids=lambda sample: sample.name)
def sample(request: pytest.FixtureRequest) -> Sample:
    return request.param


def test_it_is_safe_and_within_the_limit(sample: Sample) -> None:
    described = description(sample.event(), profile=Profile.FULL)
    assert len(described) <= LIMIT
    assert all(re.match("(https?://|mailto:|tel:)", target) for target in parsed(described).targets)
    assert not re.search("::~[:~]{6}|[\x00-\x1f\ud800-\udfff]|  ", described)


def test_it_is_readable(sample: Sample) -> None:
    described = description(sample.event(), profile=Profile.FULL)
    text = "".join(parsed(described).words)
    assert [word for word in sample.words if " ".join(word.split()) not in text] == []
    assert [word for word in sample.junk if word in described] == []
    assert "<br><br><br>" not in described


def test_its_join_link_is_found_shown_first_and_put_where_there_is_no_place(sample: Sample) -> None:
    event = sample.event()
    assert join_link(event) == sample.link
    assert place(event) == (sample.location or sample.link)
    targets = parsed(description(event, profile=Profile.FULL)).targets
    assert targets[0] == (sample.link or targets[0])
    assert targets[-1] == event.web_link
    assert bool(service(sample.link)) == bool(sample.link)


def test_describing_a_description_again_changes_nothing(sample: Sample) -> None:
    described = describe(sample.content, sample.content_type, join_link=sample.link)
    assert describe(described, "html", join_link=sample.link) == described


def test_only_the_full_profile_lets_a_body_through(sample: Sample) -> None:
    profiles = [profile for profile in Profile if description(sample.event(), profile=profile)]
    assert profiles == [Profile.FULL]


def test_the_corpus_is_as_large_and_as_varied_as_it_is_meant_to_be() -> None:
    assert len(CORPUS) >= 150
    assert len({sample.name for sample in CORPUS}) == len(CORPUS)
    assert sum(bool(sample.link) for sample in CORPUS) >= 60
    assert max(len(sample.content) for sample in CORPUS) > 200 * 1024
    assert len(CUT) >= 5


def test_another_process_writes_the_same() -> None:
    script = Path(__file__).with_name("figures.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert digest() in done.stdout
    assert f"links: {sum(bool(sample.link) for sample in CORPUS)} of" in done.stdout
