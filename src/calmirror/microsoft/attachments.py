"""Names of attachments, which come with no list of events; the files themselves are never read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.microsoft.addresses import calendar_path, event_path, with_query
from calmirror.microsoft.batch import Member, read_batch
from calmirror.microsoft.members import Members

if TYPE_CHECKING:
    from collections.abc import Collection

    from calmirror.http.client import Client
    from calmirror.model.ids import SourceId


def attachment_names(client: Client, calendar_id: str, ids: Collection[SourceId]) -> dict[SourceId, tuple[str, ...]]:
    """The names of each event's attachments, pictures within its text left out; () where they cannot be read."""
    paths = {str(one): with_query(f"{event_path(calendar_id, one)}/attachments", select="name,isInline") for one in ids}
    members = read_batch(client, calendar_path(calendar_id), paths)
    return {one: names_in(members[one]) for one in ids}


def names_in(member: Member) -> tuple[str, ...]:
    """The names in one answer."""
    if member.answer.status != 200:
        return ()
    files = (Members(raw) for raw in Members(member.body).objects("value"))
    return tuple(file.text("name") for file in files if file.text("name") and not file.flag("isInline"))
