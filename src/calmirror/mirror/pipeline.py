"""The part of a run that only runs with changes need: inputs, resolution, plan, guard, writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from calmirror.errors import SafetyStopError
from calmirror.mirror.apply import Applied, apply
from calmirror.mirror.context import PADDING, Lease, Mirror, StateIsOldError
from calmirror.mirror.destination_calendar import find_destination
from calmirror.mirror.drift import DriftReport
from calmirror.mirror.drift_polling import DriftCheck, look, reread_request, store_report
from calmirror.mirror.preread import Preread
from calmirror.mirror.recognition import owned_links
from calmirror.mirror.reconcile import Findings, Reconciler
from calmirror.mirror.recovery import settle_open_intents
from calmirror.mirror.report import Report
from calmirror.mirror.takeover import Known, check_keeper, overlap
from calmirror.model.ids import SourceId
from calmirror.model.mirror import FOUND, WAITS, Intent, Link
from calmirror.model.policy import Past, Watch
from calmirror.model.source import Round
from calmirror.model.times import Window
from calmirror.plan import guard, identity
from calmirror.plan.actions import Note, Plan
from calmirror.plan.diff import plan_changes

REPLANNED = 3
"""How often what Google turned out to hold may lead to another plan within one run."""
DAY = 86400.0


@dataclass(frozen=True)
class RunInputs:
    """What a run works on: the destination ("" before it exists) and what we own of what the round may concern.

    `owed` are source events to be read again, since their copies are not as they should be. `behind` is the destination
    that was written to before, and how many events stay there, where it is another one now.
    """

    calendar_id: str
    links: tuple[Link, ...]
    owed: frozenset[SourceId] = frozenset()
    watch_token: str = ""
    behind: tuple[str, int] | None = None


@dataclass
class Draft:
    """A plan, what it took to make it, and what was learned of Google on the way, not stored yet."""

    plan: Plan
    links: tuple[Link, ...]
    preread: Preread
    learned: DriftReport = field(default_factory=DriftReport)


def prepare(mirror: Mirror, lease: Lease, said: Round, unsettled: list[Intent], *, dry_run: bool) -> RunInputs:
    """Finds the destination, settles what an interrupted run left open, and loads the links that matter."""
    state = mirror.state
    known, earlier = state.destination_calendar, state.settings.partition("\n")[0]
    moves = bool(known and earlier not in ("", mirror.settings.destination))
    behind = (earlier, mirror.store.count_sources(mirror.name)) if moves else None
    calendar_id, held = find_destination(mirror, lease, said, dry_run=dry_run)
    if not dry_run:
        settle_open_intents(mirror, lease, calendar_id, unsettled)
    elif lease.rebuilds or held is not None:
        return RunInputs(calendar_id, tuple(owned_links(mirror, calendar_id) if held is None else held), behind=behind)
    check = DriftCheck()
    if calendar_id and calendar_id == known:
        if said.full and known != mirror.settings.destination and mirror.settings.check_drift is not Watch.NEVER:
            check_keeper(mirror, calendar_id)
        check = look(mirror, lease, calendar_id, window_of(said), full=said.full, dry_run=dry_run)
    concerned = _told(said) | {intent.source_id for intent in unsettled} | check.report.owed
    links = mirror.store.links(mirror.name) if said.full else mirror.store.links_of(mirror.name, concerned)
    return RunInputs(calendar_id, check.report.corrected(links), check.report.owed, check.token, behind)


def mentioned(said: Round) -> set[SourceId]:
    """The source events that an incremental round says something of; of a full one, which means all, none."""
    return set() if said.full else _told(said)


def _told(said: Round) -> set[SourceId]:
    series = {exception.series_id for exception in said.exceptions.values() if exception.series_id}
    return {*said.singles, *said.masters, *said.stubs, *said.tombstones, *series}


def reconcile(mirror: Mirror, said: Round, unsettled: list[Intent], inputs: RunInputs) -> Findings:
    """What is so in Outlook."""
    reconciler = Reconciler(mirror, said, window_of(said), inputs.links)
    return reconciler.findings({intent.source_id for intent in unsettled} | inputs.owed)


def draft(
    mirror: Mirror, lease: Lease, said: Round, findings: Findings, inputs: RunInputs, links: Iterable[Link]
) -> Draft:
    """What to write, and why: planned from the links, and again from what Google turns out to hold of it."""
    preread = Preread(mirror, lease, inputs.calendar_id, window_of(said))
    made = Draft(_plan(mirror, said, findings, links), tuple(links), preread)
    for _ in range(REPLANNED):
        report = preread.read(made.plan, made.links)
        made.links, made.learned = report.corrected(made.links), made.learned.and_then(report)
        if not report.owed:
            break
        made.plan = _plan(mirror, said, findings, made.links)
    return made


def remarked(mirror: Mirror, said: Round, plan: Plan) -> Plan:
    """The plan with what is odd about the source as a whole."""
    about = Note(SourceId(""), mirror.source.title(said.calendar_id), said.remark)
    return replace(plan, notes=(*plan.notes, about)) if said.remark else plan


def check_age(mirror: Mirror, lease: Lease, mentioned: Collection[SourceId], made: Draft) -> None:
    """Raises StateIsOldError where Google holds what later runs wrote of source events that a round mentions.

    A state that was put back does not know what those runs mirrored: an event that has gone since would stay for good,
    and one that is again as it was at the time of the copy would not be written. What is about to be written is read
    anyway; this looks at the rest.
    """
    if not lease.minds_age or not made.preread.reads:
        return
    planned = {action.source_id for action in made.plan.actions}
    owned = {link.source_id: link.event_id for link in made.links if not link.part}
    known = {link.source_id for link in made.links}
    left = [one for one in mentioned if one not in planned]
    strangers = [identity.event_id(mirror.identity, one, "", 0) for one in left if one not in known]
    found = made.preread.glance([*strangers, *(owned[one] for one in left if one in owned)])
    if any(identity.recognised(found[one], mirror.identity) for one in strangers if one in found):
        raise StateIsOldError


def _plan(mirror: Mirror, said: Round, findings: Findings, links: Iterable[Link]) -> Plan:
    window, links = window_of(said), list(links)
    aged = _past(links, window) if said.full and mirror.settings.past is Past.PRUNE else {}
    left = findings.unclaimed | aged
    return plan_changes(mirror.identity, findings.desired.values(), findings.gone, links, window, left=left)


def _past(links: Collection[Link], window: Window) -> dict[SourceId, str]:
    """Source events of which everything lies before the window."""
    current = {link.source_id for link in links if not link.is_past(window)}
    return {link.source_id: "ended before the window; past = prune" for link in links if link.source_id not in current}


def other_source(mirror: Mirror, said: Round, links: Collection[Link]) -> SafetyStopError | None:
    """Why nothing must be done for another calendar than that of the last round; None where its events are known."""
    if not said.full or (state := mirror.state).source_calendar in ("", said.calendar_id):
        return None
    count = overlap(links, Known.of(mirror, said))
    if count.is_same_source:
        return None
    return guard.other_source(
        mirror=mirror.name,
        before=state.source_title or "another Outlook calendar",
        now=mirror.source.title(said.calendar_id),
        same=count.same,
        current=count.current,
    )


def objection(mirror: Mirror, said: Round, plan: Plan) -> SafetyStopError | None:
    """Why nothing of the plan must be carried out without a person's word; None for a plausible one."""
    if not plan.deleted_sources:
        return None
    window = window_of(said)
    try:
        guard.check(
            plan,
            mirror=mirror.name,
            current=len({link.source_id for link in mirror.store.links(mirror.name) if _counts(link, window)}),
            command=f"{_command(mirror)} --allow-mass-delete",
            by_absence=bool(mirror.settings.feed),
        )
    except SafetyStopError as refused:
        return refused
    return None


def _counts(link: Link, window: Window) -> bool:
    """Whether it is of an event that we own within the window, and that nobody else can have made."""
    return link.fingerprint != FOUND and not link.is_past(window)


def emptiness(mirror: Mirror, said: Round) -> SafetyStopError:
    """What a run ends with whose source holds no event, and never held one: it may be the wrong account."""
    return guard.empty(
        mirror=mirror.name,
        calendar=mirror.source.title(said.calendar_id),
        window=window_of(said),
        command=f"{_command(mirror)} --accept-empty",
        other="calmirror.toml, source" if mirror.settings.feed else "calmirror connect microsoft",
    )


def waiting(mirror: Mirror, plan: Plan) -> frozenset[SourceId]:
    """The source events of the plan whose deletion waits for a person's word."""
    if not plan.deleted_sources:
        return frozenset()
    now, state = mirror.clock.now(), mirror.state
    known = mirror.store.memories(mirror.name, WAITS)
    # A run that leaves deletions waiting does not count as one that succeeded, though it has read all.
    read_at = now if known else max(state.full_at, state.succeeded_at)
    return guard.waiting(
        plan,
        known,
        owned=mirror.store.count_sources(mirror.name),
        recent=mirror.store.proven_deletions_since(mirror.name, now - DAY),
        days=(now - read_at) / DAY if read_at else 0.0,
    )


def word_for(mirror: Mirror, waits: Collection[SourceId], written: str) -> SafetyStopError | None:
    """What a run ends with that left these deletions out; None where it left out none."""
    return guard.word_for(waits, mirror=mirror.name, written=written, command=_command(mirror)) if waits else None


def keep_waiting(mirror: Mirror, lease: Lease, findings: Findings, waits: Collection[SourceId]) -> None:
    """Remembers which deletions wait, and has each be decided again by every run."""
    store, name = mirror.store, mirror.name
    known = set(store.memories(name, WAITS)) - set(waits)
    owned = {link.source_id for link in store.links_of(name, known)}
    decided = (findings.desired.keys(), findings.gone.keys(), findings.held)
    over = {one for one in known if one not in owned or any(one in some for some in decided)}
    learned = {(WAITS, one): True for one in waits}
    store.remember(name, lease.epoch, learned, forgotten=[(WAITS, one) for one in over])
    store.intend(name, lease.epoch, [reread_request(mirror, one) for one in (known - over) | set(waits)])


def _command(mirror: Mirror) -> str:
    return f"calmirror sync --mirror {mirror.name}"


def write(mirror: Mirror, lease: Lease, said: Round, inputs: RunInputs, findings: Findings, made: Draft) -> Applied:
    """Carries the plan out, and what has to be planned again because Google held something else."""
    # Stored first: whoever settles a write whose answer is lost knows then what it overwrote.
    store_report(mirror, lease, replace(made.learned, owed=frozenset()))
    if made.plan.refreshed:
        mirror.store.settle(mirror.name, lease.epoch, lease.run, links=made.plan.refreshed)
    applied = apply(mirror, lease, inputs.calendar_id, made.plan, made.preread)
    again, applied.again = applied.again, set()
    for _ in range(REPLANNED):
        if not again:
            break
        more = _written_again(mirror, lease, said, inputs, findings, made.preread, again)
        applied.written += more.written
        applied.skipped |= more.skipped
        again = more.again
    applied.skipped |= dict.fromkeys(again, "Google holds something else each time it is looked at")
    # Not before all is written: a series that is known is one that Google holds as it was read.
    unlike = findings.skipped.keys() | applied.skipped.keys() | findings.held
    findings.memory.save(lease, full=said.full, without=unlike)
    return applied


def _written_again(
    mirror: Mirror,
    lease: Lease,
    said: Round,
    inputs: RunInputs,
    findings: Findings,
    preread: Preread,
    again: Collection[SourceId],
) -> Applied:
    links = mirror.store.links_of(mirror.name, again)
    desired = [want for one, want in findings.desired.items() if one in again]
    plan = plan_changes(mirror.identity, desired, {}, links, window_of(said))
    store_report(mirror, lease, replace(preread.read(plan, links), owed=frozenset()))
    return apply(mirror, lease, inputs.calendar_id, plan, preread)


def leave_open(mirror: Mirror, lease: Lease, report: Report) -> None:
    """Settles the intents whose events are decided; what was left out is read again in every round."""
    unsettled = mirror.store.unsettled(mirror.name)
    decided = [intent.event_id for intent in unsettled if intent.source_id not in report.skipped]
    mirror.store.settle(mirror.name, lease.epoch, lease.run, settled=decided)
    mirror.store.intend(mirror.name, lease.epoch, [reread_request(mirror, one) for one in report.skipped])


def window_of(said: Round) -> Window:
    """The window kept in sync, without the padding that Microsoft was asked for."""
    return said.window.padded(-PADDING)
