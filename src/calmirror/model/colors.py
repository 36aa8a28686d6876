"""The colours that Google has for events."""

from __future__ import annotations

from typing import Final

COLORS: Final = {
    "Lavender": "1",
    "Sage": "2",
    "Grape": "3",
    "Flamingo": "4",
    "Banana": "5",
    "Tangerine": "6",
    "Peacock": "7",
    "Graphite": "8",
    "Blueberry": "9",
    "Basil": "10",
    "Tomato": "11",
}
"""Google's `colorId` by the name that its screens show."""

COLOR_NAMES: Final = {number: name for name, number in COLORS.items()}
