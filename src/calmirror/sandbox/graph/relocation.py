"""A mailbox in another store: every id changes, every UID stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calmirror.sandbox.graph.ids import IdMint
    from calmirror.sandbox.graph.mailbox import Mailbox


def relocate(mailbox: Mailbox, mint: IdMint) -> None:
    """Give every calendar, group and event of a mailbox a new id and a new version from `mint`."""
    consumer = mailbox.switches.consumer_ids
    groups = {old: mint.group(consumer=consumer) for old in mailbox.groups}
    calendars = {old: mint.calendar(consumer=consumer) for old in mailbox.calendars}
    mailbox.mint = mint
    mailbox.groups = {groups[old]: name for old, name in mailbox.groups.items()}
    mailbox.default_calendar = calendars[mailbox.default_calendar]
    mailbox.calendars = {
        calendars[old]: replace(one, id=calendars[old], group=groups[one.group], change_key=mint.change_key())
        for old, one in mailbox.calendars.items()
    }
    mailbox.shared = {mint.calendar(consumer=consumer): one for one in mailbox.shared.values()}
    for reader in mailbox.readers:
        reader.shared = {
            made: replace(one, calendar=calendars[one.calendar]) if one.owner is mailbox else one
            for made, one in reader.shared.items()
        }
    _renumber_events(mailbox, calendars)


def _renumber_events(mailbox: Mailbox, calendars: dict[str, str]) -> None:
    items = [
        replace(
            item,
            id=mailbox.new_event_id(),
            immutable_id=mailbox.mint.immutable(),
            calendar=calendars[item.calendar],
            change_key=mailbox.mint.change_key(),
        )
        for item in mailbox.events.values()
    ]
    mailbox.events = {item.id: item for item in items}
    mailbox.by_immutable = {item.immutable_id: item.id for item in items}
