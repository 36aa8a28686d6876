"""How the demo speaks: numbered steps, commands with their output, and claims that are checked."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

from calmirror.cli.screen import complain, say

if TYPE_CHECKING:
    from calmirror.cli.demo_world import Ended

NARROWEST, WIDEST = 60, 100
"""Columns."""


class FalseClaimError(Exception):
    """Something that the demo says is not true."""


class Teller:
    """Tells the story on stdout, unless `silent`, and keeps its claims, each with its truth."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        columns = shutil.get_terminal_size((WIDEST, 0)).columns
        self._width = max(NARROWEST, min(columns, WIDEST))
        self._steps = 0
        self.claims: list[tuple[str, bool]] = []

    def step(self, title: str, *sentences: str) -> None:
        """Begins a step."""
        self._steps += 1
        if self._steps > 1:
            self._say("", head="")
        self._say(title, head=f"{self._steps}. ", style="cyan")
        for sentence in sentences:
            self.say(sentence)

    def command(self, words: str, ended: Ended, *, expected: int | None = 0, first: int = 99, last: int = 99) -> None:
        """Shows a command and what it printed (of much only the first and last lines).

        How it ended is a claim, too, where an exit code is expected.
        """
        self._say(f"$ calmirror {words}", style="yellow")
        lines = [*ended.out.splitlines(), *ended.err.splitlines()]
        left_out = len(lines) - first - last
        if left_out > 0:
            lines = [*lines[:first], f"… {left_out} more lines", *lines[-last:]]
        for line in lines:
            self._say(line, later=11)
        if expected is not None:
            self._note(f"`calmirror {words}` ends with exit code {expected}", true=expected == ended.code)

    def say(self, sentence: str) -> None:
        """Says what happens between the commands."""
        self._say(sentence)

    def claim(self, claim: str, *, true: bool) -> None:
        """Says something that has just been checked."""
        self._say(claim, head="   ok  " if true else "   NO  ", later=7, style="green" if true else "red")
        self._note(claim, true=true)

    def conclude(self, seconds: float) -> None:
        """The last words."""
        false = [claim for claim, true in self.claims if not true]
        if false:
            complain(f"\nThe demo ends here, since this is not true: {false[0]}", style="red")
        else:
            self._say("", head="")
            self._say(
                f"All {len(self.claims)} claims were true, in {seconds:.0f} s. Nothing is left of the demo.", head=""
            )

    def _note(self, claim: str, *, true: bool) -> None:
        self.claims.append((claim, true))
        if not true:
            raise FalseClaimError(claim)

    def _say(self, text: str, *, head: str = "   ", later: int = 3, style: str | None = None) -> None:
        if not self._silent:
            indent = " " * later
            say(
                textwrap.fill(text, self._width, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False),
                style=style,
            )
