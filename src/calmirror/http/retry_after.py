"""How long a service asks us to wait."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calmirror.http.message import Answer

NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def retry_after(answer: Answer | None, now: float) -> float:
    """Seconds from `now` (UNIX) that the answer asks for; 0 where it asks for nothing that makes sense.

    Whole numbers, fractions (Graph sends both) and HTTP dates are read; a date in the past is 0.
    """
    text = answer.headers.get("retry-after", "").strip() if answer else ""
    if NUMBER.fullmatch(text):
        return float(text)
    return max(seconds_until(text, now), 0.0)


def seconds_until(text: str, now: float) -> float:
    """Seconds from `now` to an HTTP date; 0 where it is none."""
    from email.utils import mktime_tz, parsedate_tz  # noqa: PLC0415 - rarely needed, slow to import

    try:
        date = parsedate_tz(text)
        return mktime_tz(date) - now if date else 0.0
    except (ValueError, OverflowError, IndexError):
        return 0.0
