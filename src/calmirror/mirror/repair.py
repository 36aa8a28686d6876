"""Putting drift right: what a person changed or deleted in Google, and what no cursor tells of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from calmirror.mirror.context import Mirror, leased
from calmirror.mirror.drift import Rulings, detect_drift
from calmirror.mirror.drift_polling import reread_request, store_report
from calmirror.mirror.reconcile import UNREAD
from calmirror.mirror.recovery import settle_open_intents
from calmirror.mirror.report import Report
from calmirror.mirror.run import run
from calmirror.mirror.showing import Showing
from calmirror.mirror.verify import Verification, verify
from calmirror.model.ids import SourceId
from calmirror.model.mirror import FOUND, RENEW, Link
from calmirror.plan import guard, identity


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What a repair found and did. `changed` and `deleted` count mirror events that a person touched in Google."""

    mirror: str
    changed: int
    deleted: int
    reports: tuple[Report, ...]
    verification: Verification

    @property
    def exit_code(self) -> int:
        """0 when the mirror is exact now."""
        return max(self.verification.exit_code, self.reports[-1].exit_code)


def repair(mirror: Mirror, *, allow_mass_delete: bool = False, new_calendar: bool = False) -> Repair:
    """Reads both calendars whole and makes the mirror exact; a person's colour and reminder stay.

    Args:
        mirror: the one to repair.
        allow_mass_delete: as for `run`.
        new_calendar: where the destination was deleted in Google, make and fill a new one.

    Raises:
        CalmirrorError: as `run`.
    """
    changed, deleted = _correct_links(mirror, new_calendar=new_calendar)
    reports = [run(mirror, full=True, allow_mass_delete=allow_mass_delete)]
    proof = verify(mirror, Showing(mirror))
    wrong = {SourceId(difference.source_id) for difference in proof.differences} | _not_written(reports[0])
    unclaimed = _unclaimed(mirror, reports[0])
    if (wrong := wrong - reports[0].held) or unclaimed:
        _make_anew(mirror, wrong - unclaimed.keys())
        _disown(mirror, unclaimed)
        reports.append(run(mirror, full=True, allow_mass_delete=allow_mass_delete))
        proof = verify(mirror, Showing(mirror))
    return Repair(mirror=mirror.name, changed=changed, deleted=deleted, reports=tuple(reports), verification=proof)


def _correct_links(mirror: Mirror, *, new_calendar: bool) -> tuple[int, int]:
    """Replaces what we believe to own by what Google holds; how many events were changed and deleted there."""
    calendar_id = mirror.state.destination_calendar
    if not calendar_id:
        return 0, 0
    with leased(mirror) as lease:
        if new_calendar and mirror.destination.calendar(calendar_id) is None:
            mirror.store.adopt(mirror.name, lease.epoch, [])
            mirror.store.save(mirror.name, lease.epoch, destination_calendar="", cursor="")
            lease.record("new-calendar", {}, full=False)
            return 0, 0
        # What a run that died had written gets into the journal as its doing, not as a person's.
        settle_open_intents(mirror, lease, calendar_id, mirror.store.unsettled(mirror.name))
        links = mirror.store.links(mirror.name)
        owned = mirror.destination.owned_events(calendar_id, identity.MIRROR, mirror.identity)
        found = detect_drift(mirror.identity, links, owned, Rulings(now=mirror.clock.now()))
        # Read whole again: what was changed of a series may lie where no list reaches.
        store_report(mirror, lease, found)
        lease.record("stock", {"changed": found.changed}, full=False)
    return found.changed, found.deleted


def _not_written(report: Report) -> set[SourceId]:
    """What was planned and could not be done, such as an exception of a series whose times a person changed."""
    planned = {action.source_id for action in report.plan.actions} if report.plan else set()
    return planned & report.skipped.keys()


def _unclaimed(mirror: Mirror, report: Report) -> dict[SourceId, list[Link]]:
    """The links of events that nobody can read in Outlook, and that no run of this state wrote or saw there.

    They came over from Google when a state was lost: they may be forged. No more than may be deleted in a day.
    """
    unread = {one for one, reason in report.skipped.items() if reason == UNREAD} - report.held
    found: dict[SourceId, list[Link]] = defaultdict(list)
    for link in mirror.store.links_of(mirror.name, unread):
        found[link.source_id].append(link)
    never = {one: links for one, links in found.items() if not any(link.echo for link in links)}
    return dict(islice(never.items(), guard.budget(mirror.store.count_sources(mirror.name))))


def _disown(mirror: Mirror, unclaimed: Mapping[SourceId, Iterable[Link]]) -> None:
    """Has the next whole read take events for what anybody could have made."""
    with leased(mirror) as lease:
        links = [replace(link, fingerprint=FOUND) for some in unclaimed.values() for link in some]
        mirror.store.settle(mirror.name, lease.epoch, lease.run, links=links)
        mirror.store.intend(mirror.name, lease.epoch, [reread_request(mirror, one) for one in unclaimed])
        lease.record("renew", {}, full=False)


def _make_anew(mirror: Mirror, source_ids: Iterable[SourceId]) -> None:
    """Has events written again whole, series under a new generation: what is wrong with them is not in our books.

    They are read one by one as well: what a person moved into the window may lie outside of it in Outlook.
    """
    wanted = set(source_ids)
    with leased(mirror) as lease:
        links = [link for link in mirror.store.links(mirror.name) if link.source_id in wanted]
        series = {link.source_id for link in links if not link.part and (link.sent or {}).get("recurrence")}
        renewed = [
            replace(link, fingerprint=RENEW if link.source_id in series and not link.part else "") for link in links
        ]
        mirror.store.settle(mirror.name, lease.epoch, lease.run, links=renewed)
        mirror.store.intend(mirror.name, lease.epoch, [reread_request(mirror, one) for one in wanted])
        lease.record("renew", {"series": len(series)}, full=False)
