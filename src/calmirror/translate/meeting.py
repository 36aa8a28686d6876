"""The text of an event: how to join, what it is about, who comes, what else Outlook knows, and the way back there."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from calmirror.model.marker import defused
from calmirror.model.policy import Profile
from calmirror.translate.html import describe, sanitised
from calmirror.translate.joinlinks import addresses_in, clean, first_join_link, hints_at_one, is_safe, service
from calmirror.translate.layout import tidied
from calmirror.translate.people import LONGEST_NAME, people
from calmirror.translate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calmirror.model.source import SourceEvent

APART = "<br><br>"
MOST_NAMES = 25
"""Categories, and attachments, that are named."""
AVAILABILITIES = {"tentative": "tentative", "oof": "out of office", "workingelsewhere": "working elsewhere"}

_LINK_OR_TEXT = re.compile(r'<a href="([^"]*)">|<[^>]*>|([^<]+)')


def join_link(event: SourceEvent) -> str:
    """The https link by which one joins the meeting: Graph's own, else the location's, else the body's; "" if none."""
    if event.join_url and is_safe(own := clean(event.join_url)):
        return own
    places = " ".join([event.location, *(place.name for place in event.places)])
    return first_join_link(addresses_in(places)) or _link_in_body(event)


def place(event: SourceEvent) -> str:
    """Where it is, on one line: names with addresses, or the link to join by where there is no other place."""
    places = [_with_address(one.name, one.address) for one in event.places]
    return one_line("; ".join(filter(None, places)) or event.location) or join_link(event)


def description(
    event: SourceEvent,
    *,
    profile: Profile,
    limit: int = 8192,
    most_attendees: int = 30,
    attachments: Sequence[str] = (),
) -> str:
    """All that an event says beside its title, time and place, as safe HTML of at most `limit` characters.

    The link to join by comes first, then the body, which alone is cut, then people and what else there is; the way
    back to Outlook is last. Only the profile `full` has a description.

    Args:
        most_attendees: named; the others are counted.
        attachments: their names, where they are known.
    """
    if profile is not Profile.FULL:
        return ""
    link = join_link(event)
    top = _anchor(link, f"Join {service(link)}".strip() if service(link) else "Join the online meeting")
    back = _anchor(event.web_link if is_safe(event.web_link) else "", "Open in Outlook")
    room = limit - len(top) - len(back) - 3 * len(APART)
    if room < 0:
        return back if len(back) <= limit else ""
    extras = _extras(event, attachments, most_attendees, room // 2)
    body = describe(event.body, event.body_type, limit=room - len(extras), join_link=link)
    return defused(APART.join(filter(None, [top, body, extras, back])))


def _link_in_body(event: SourceEvent) -> str:
    if not event.body:
        return ""
    markup = sanitised(event.body, event.body_type)
    # What is left of the body is short, and nothing but letters spells "http" in it.
    if "http" not in markup.lower() or not hints_at_one(event.body):
        return ""
    return first_join_link(_addresses_in_html(markup))


def _addresses_in_html(markup: str) -> Iterator[str]:
    for found in _LINK_OR_TEXT.finditer(markup):
        if found[1]:
            yield unescape(found[1])
        elif found[2]:
            yield from addresses_in(unescape(found[2]))


def _with_address(name: str, address: str) -> str:
    if not name or not address:
        return name or address
    return name if address.lower() in name.lower() else f"{name} ({address})"


def _anchor(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{text}</a>' if address else ""


def _extras(event: SourceEvent, attachments: Sequence[str], most: int, room: int) -> str:
    """People and facts, of at most `room` characters: first fewer people are named, then lines are left out."""
    while len(text := _block(people(event, most), _facts(event, attachments))) > room:
        if not most:
            return ""
        most //= 2
    return text


def _block(*groups: list[str]) -> str:
    return APART.join("<br>".join(escape(tidied(line), quote=False) for line in lines) for lines in groups if lines)


def _facts(event: SourceEvent, attachments: Sequence[str]) -> list[str]:
    importance = event.importance.lower()
    lines = [
        f"Importance: {importance}" if importance in {"high", "low"} else "",
        f"Shown as: {shown}" if (shown := AVAILABILITIES.get(event.show_as.lower())) else "",
        _labelled("Categories", event.categories),
        _labelled("Attachments in Outlook", attachments),
        "Has attachments in Outlook" if event.has_attachments and not attachments else "",
    ]
    return [line for line in lines if line]


def _labelled(label: str, values: Sequence[str]) -> str:
    if not values:
        return ""
    names = [name for value in values if (name := one_line(value, LONGEST_NAME))]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{label}: {', '.join(names[:MOST_NAMES])}{more}" if names else ""
