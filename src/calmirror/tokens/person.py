"""The person who signs in, as the flows see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Way(StrEnum):
    """How a person signs in."""

    BROWSER = "browser"
    """In a browser on this machine, which hands the answer to a loopback address."""
    PASTE = "paste"
    """In a browser anywhere; the address where it ends up is pasted back."""
    DEVICE = "device"
    """In a browser anywhere, with a code to type there. Microsoft alone offers it for calendars."""


class Person(Protocol):
    """Reads what is told, opens pages, answers questions."""

    def tell(self, text: str) -> None:
        """Shows lines of text."""
        ...

    def open(self, url: str) -> bool:
        """Opens a page in their browser; False where there is none."""
        ...

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Their answer, in one line; not shown while typed, where it is a secret."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a person is asked to sign in in a browser.

    Args:
        port: of the loopback address; 0 takes a free one.
        timeout: seconds to wait for the browser.
        account: whose sign-in is expected; "" to ask the person where it is another one than before.
    """

    person: Person
    way: Way = Way.BROWSER
    port: int = 0
    timeout: float = 300.0
    account: str = ""
