"""What meeting services write into bodies, left out where the join link is shown on its own.

Only lines that do no more than say again how to join are left out. Telephone numbers and whatever a person may have
written stay. The services' texts come in some forty languages, so that they are known by their shape.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING

from calmirror.translate.joinlinks import addresses_in, clean, same, service
from calmirror.translate.layout import RULE
from calmirror.translate.wrappings import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.translate.layout import Run

LONGEST_BLOCK = 40
"""Lines."""
LONGEST_LABEL = 120
"""Characters of a line; what is longer was written by a person."""

_PHONE = re.compile(r"\+\d[\d\s().-]{5,}")
_CONFERENCE_NUMBER = re.compile(r"\d{3}[\d ]*#")
_MEETING_NUMBER = re.compile(r"\b\d{3} \d{3} \d{3}")
_TEAMS_PAGE = re.compile(r"//aka\.ms/JoinTeams|//dialin\.teams\.|/meetingOptions|/microsoft-teams/", re.IGNORECASE)
_JOIN = re.compile(
    r"join|beitreten|teilnehmen|rejoindre|participer|unirse|únete|unirte|partecipa|ingressar|entrar|participar|deelnemen"
    r"|dołącz|присоедин|приєдн|připoj|delta|anslut|liity|kat[\u0131i]l|参加|加入|참가|انضم|הצטרף|להצטרף|συμμετοχή|शामिल",
    re.IGNORECASE,
)
_SERVICE = re.compile(r"zoom|webex|google meet|teams|skype|goto|ringcentral|bluejeans", re.IGNORECASE)
_HEADINGS = {"Microsoft Teams", "Microsoft Teams meeting"}
_INVITING = re.compile(r"scheduled Zoom (?:meeting|webinar)\.?$", re.IGNORECASE)


class _Line:
    """One line of a body: what it says, beside addresses and after them, and where its links lead, marked up or not."""

    __slots__ = ("after", "runs", "targets", "text", "words")

    def __init__(self, runs: list[Run]) -> None:
        self.runs = runs
        self.text = self.words = runs[0].text if len(runs) == 1 else "".join([run.text for run in runs])
        self.targets = [unescape(mark[9:-2]) for run in runs for mark in run.marks if mark.startswith("<a ")]
        self.after = ""
        for address in addresses_in(self.text):
            self.words = self.words.replace(address, "")
            self.after = self.text.rpartition(address)[2]
            self.targets.append(address)


def without_invitation(runs: list[Run], join_link: str) -> list[Run]:
    """The runs without the lines that only repeat how to join by `join_link`."""
    lines = list(_lines(runs))
    dropped = _fenced(lines)
    repeating = {n for n, line in enumerate(lines) if _repeats(line, join_link)}
    announcing = {n - 1 for n in repeating if n and _announces(lines[n - 1].text)}
    announcing |= {n - 1 for n in announcing if n and lines[n - 1].text == RULE}
    inviting = {n for n, line in enumerate(lines) if "zoom" in line.text.lower() and _INVITING.search(line.text)}
    return _joined(lines, dropped | repeating | announcing | inviting)


def _lines(runs: list[Run]) -> Iterator[_Line]:
    line: list[Run] = []
    for run in runs:
        if line and (run.breaks or run.lists != line[-1].lists):
            yield _Line(line)
            line = []
        line.append(run)
    if line:
        yield _Line(line)


def _fenced(lines: list[_Line]) -> set[int]:
    """The lines of Teams's blocks, which stand between two rules, with the rules."""
    rules = [n for n, line in enumerate(lines) if RULE in line.text and line.text.strip() == RULE]
    dropped: set[int] = set()
    inside = False
    for start, end in pairwise(rules):
        block = lines[start + 1 : end]
        # The part about telephones follows the one with the link, after a rule of its own.
        inside = len(block) <= LONGEST_BLOCK and (_is_invitation(block) or (inside and _is_about_phones(block)))
        if inside:
            dropped |= {start, end, *(start + 1 + n for n in _formal(block))}
    return dropped


def _is_invitation(block: list[_Line]) -> bool:
    formal = any(_MEETING_NUMBER.search(line.text) for line in block) or _has_teams_page(block)
    return formal and any(service(clean(target)) for line in block for target in line.targets)


def _is_about_phones(block: list[_Line]) -> bool:
    return _has_teams_page(block) or any(_CONFERENCE_NUMBER.search(line.text) for line in block)


def _has_teams_page(block: list[_Line]) -> bool:
    return any(_TEAMS_PAGE.search(unwrapped(target)) for line in block for target in line.targets)


def _formal(block: list[_Line]) -> Iterator[int]:
    """From the first line to the last that the service must have written, those without a telephone number."""
    numbers = [n for n, line in enumerate(block) if _MEETING_NUMBER.search(line.text)]
    # The passcode follows the number of the meeting.
    sure = {n + more for n in numbers for more in (0, 1) if n + more < len(block)}
    sure |= {n for n, line in enumerate(block) if n not in sure and (line.targets or _SERVICE.search(line.text))}
    for n in range(min(sure, default=0), max(sure, default=-1) + 1):
        if not _is_phone(block[n]) and len(block[n].words) <= LONGEST_LABEL:
            yield n


def _is_phone(line: _Line) -> bool:
    if _PHONE.search(line.words) or _CONFERENCE_NUMBER.search(line.words):
        return True
    return any(t.lower().startswith("tel:") for t in line.targets)


def _repeats(line: _Line, join_link: str) -> bool:
    if not line.targets or not all(same(target, join_link) for target in line.targets):
        return False
    if re.search(r"\w", line.after):
        return False  # a sentence goes on after the link
    wordless = not re.search(r"\w", line.words)
    return wordless or (len(line.words) <= LONGEST_LABEL // 2 and bool(_JOIN.search(line.words)))


def _announces(text: str) -> bool:
    short = len(text) <= LONGEST_LABEL // 2 and text != RULE
    return text in _HEADINGS or (short and bool(_JOIN.search(text) and _SERVICE.search(text)))


def _joined(lines: list[_Line], dropped: set[int]) -> list[Run]:
    """The lines that are left, set apart from each other as they were from what was between them."""
    kept: list[Run] = []
    breaks = 0
    for n, line in enumerate(lines):
        first = line.runs[0]
        breaks = max(breaks, first.breaks, 2 * (n in dropped and line.text == RULE))
        if n in dropped:
            continue
        apart = bool(kept) and kept[-1].lists == first.lists
        first.breaks = max(breaks, 1) if apart else 0
        kept += line.runs
        breaks = 0
    return kept
