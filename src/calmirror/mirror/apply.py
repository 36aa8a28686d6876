"""Carrying out a plan: intents first, batches in an order that Google can follow, every surprise looked into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from calmirror.errors import UserFixableError
from calmirror.google.calendar import Outcome, Result
from calmirror.google.wire import stands
from calmirror.mirror.context import Lease, Mirror
from calmirror.mirror.preread import Preread
from calmirror.mirror.recognition import cancelled_instance, recognised
from calmirror.mirror.user_edits import edits_on, edits_sent
from calmirror.mirror.write_job import Job, phases, waits_for_others, waves
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import LANDED_EARLIER, RESPECTED, JournalEntry, Link, Verb
from calmirror.model.policy import DeletedInGoogle, OnDrift
from calmirror.plan import identity
from calmirror.plan.actions import Action, Plan
from calmirror.plan.content import echo_of, shows

BATCH = 50
"""Writes whose intents are stored, sent and settled together."""
ROUNDS = 6
"""How often one write is looked into and tried again before it is given up for this run."""
GUESSES = 3
"""Generations that are tried one after the other; an event may have been deleted more often than `ROUNDS`."""


@dataclass
class Applied:
    """What came of a plan. `again` are source events whose plan no longer fits what Google holds."""

    written: Counter[str] = field(default_factory=Counter)
    skipped: dict[SourceId, str] = field(default_factory=dict)
    again: set[SourceId] = field(default_factory=set)


@dataclass
class _Landed:
    """What one batch changes in the store, in one transaction."""

    links: list[Link] = field(default_factory=list)
    gone: list[EventId] = field(default_factory=list)
    journal: list[JournalEntry] = field(default_factory=list)
    settled: list[EventId] = field(default_factory=list)
    open: list[Job] = field(default_factory=list)


def apply(mirror: Mirror, lease: Lease, calendar_id: str, plan: Plan, preread: Preread) -> Applied:
    """Writes the plan to the destination; links and journal are stored as each batch lands."""
    return _Applier(mirror, lease, calendar_id, plan, preread).run()


class _Applier:
    def __init__(self, mirror: Mirror, lease: Lease, calendar_id: str, plan: Plan, preread: Preread) -> None:
        self._mirror, self._lease, self._calendar_id, self._plan = mirror, lease, calendar_id, plan
        self._preread, self._versions = preread, preread.versions
        self._applied = Applied()
        self._series: dict[SourceId, tuple[EventId, int, int]] = {}
        """Recurring events written in this run: id, generation and sequence, which their overrides need."""
        self._doubted: dict[EventId, dict[EventId, Link]] = {}
        """By recurring event that was written over, its instances as they were known before."""
        self._unwritten: set[SourceId] = set()
        """Source events of which a write did not land that others wait for."""

    def run(self) -> Applied:
        total, done = len(self._plan.actions), 0
        self._preread.learn_generations(self._plan)
        for phase in phases(self._plan.actions):
            for actions in waves(phase, BATCH):
                self._carry_out(self._jobs(actions))
                done += len(actions)
                self._mirror.progress("Writing to Google", done, total)
            self._check_instances()
        return self._applied

    def _jobs(self, actions: list[Action]) -> list[Job]:
        """The actions as first sent; what waits for a write that did not land is left out."""
        unwritten = self._unwritten | self._applied.again
        return [
            replace(self._job(action), run=self._lease.mark)
            for action in actions
            if not (action.source_id in unwritten and waits_for_others(action))
        ]

    def _job(self, action: Action) -> Job:
        link = action.link
        carried = self._preread.edits_on(action.replaces) if action.replaces else {}
        if link is not None:
            kept = carried | edits_sent(link.sent) if action.verb is Verb.UPDATE else {}
            job = Job(action, action.verb, link.event_id, link.generation, link.etag, link.sequence, kept)
            held = self._preread.event(link.event_id)
            if held is None or not self._is_ours(job, held):
                return job
            job = job.renewed(job.verb, held, carried | self._preread.edits_on(link))
            return replace(job, inherited=self._preread.inherited(link))
        if action.is_override:
            return self._override(action, carried)
        generation = self._preread.generation(action)
        event_id = identity.event_id(self._mirror.identity, action.source_id, action.part, generation)
        return Job(action, Verb.INSERT, event_id, generation, edits=carried)

    def _override(self, action: Action, edits: Mapping[str, Any]) -> Job:
        """An instance is there as soon as its series is: it is updated, at first with the series' sequence."""
        instance = identity.instance_of(action.part)
        own, source_id = self._mirror, action.source_id
        fallback = (identity.event_id(own.identity, source_id, "", action.generation), action.generation, 0)
        series_id, generation, sequence = self._series.get(source_id, fallback)
        if source_id not in self._series:
            links = own.store.links_of(own.name, [source_id])
            sequence = next((link.sequence for link in links if link.event_id == series_id), 0)
        event_id = EventId(f"{series_id}_{instance}")
        return Job(action, Verb.UPDATE, event_id, generation, sequence=sequence, edits=edits)

    def _carry_out(self, jobs: list[Job]) -> None:
        for _ in range(ROUNDS):
            if not jobs:
                return
            jobs = self._look_into(self._send(self._named(jobs)))
        for job in jobs:
            self._skip(job, "Google's answers do not settle whether it was written")

    def _named(self, jobs: list[Job]) -> list[Job]:
        """The jobs with the version that each names; where that is not known, it is read, and may say more."""
        named: list[Job] = []
        blind: list[Job] = []
        for job in jobs:
            etag = "" if job.verb is Verb.INSERT else self._versions.of(job.event_id, job.etag)
            (named if etag or job.verb is Verb.INSERT else blind).append(replace(job, etag=etag))
        return named + self._look_into(blind)

    def _send(self, jobs: list[Job]) -> list[Job]:
        """Sends one batch; returns the jobs whose outcome has to be looked into."""
        if not jobs:
            return []
        mirror = self._mirror
        self._lease.renew()
        jobs = self._with_earlier_writes(jobs)
        mirror.store.intend(mirror.name, self._lease.epoch, [job.intent(self._lease.run) for job in jobs])
        by_write = {id(write): (job, write) for job in jobs for write in [job.write()]}
        unclear: list[Job] = []
        for results in mirror.destination.send(self._calendar_id, [write for _, write in by_write.values()]):
            landed = _Landed()
            for result in results:
                self._receive(by_write[id(result.write)][0], result, landed)
            self._settle(landed)
            unclear += landed.open
        return unclear

    def _with_earlier_writes(self, jobs: list[Job]) -> list[Job]:
        """The jobs, with links that contain what an interrupted run made Google write over instances of its series.

        The journal of that run gets it before this run writes the instances: afterwards nobody can read it any more.
        """
        found, links = dict[int, list[JournalEntry]](), dict[EventId, Link]()
        for job in jobs:
            for link in (job.action.link, *job.action.cascade):
                spread = self._preread.spread(link)
                if link is not None and spread is not None and self._mirror.store.run(spread[0]):
                    run, now = spread
                    found.setdefault(run, []).append(_landed_earlier(link, now))
                    links[link.event_id] = replace(link, sent=now)
        if not links:
            return jobs
        store = self._mirror.store
        store.settle(self._mirror.name, self._lease.epoch, self._lease.run, links=[*links.values()], earlier=found)
        self._preread.doubt(links)
        return [replace(job, action=job.action.knowing(links)) for job in jobs]

    def _receive(self, job: Job, result: Result, landed: _Landed) -> None:
        link = job.action.link
        if result.outcome is Outcome.DONE and link is not None and job.etag == link.etag:
            self._preread.was_there(link.event_id)
        match job.verb, result.outcome:
            case Verb.DELETE, Outcome.DONE | Outcome.DELETED:
                self._versions.forget(job.event_id)
                self._deleted(job, landed)
            case _, Outcome.DONE:
                self._written(job, result.event or {}, landed)
            case Verb.INSERT, Outcome.MISSING:
                raise calendar_gone(self._mirror)
            case Verb.INSERT, Outcome.FORBIDDEN:
                raise not_writable(self._mirror)
            case _, Outcome.INVALID:
                self._skip(job, f"Google refused it ({result.reason})")
            case _:
                landed.open.append(job)

    def _written(self, job: Job, event: Mapping[str, Any], landed: _Landed) -> None:
        action = job.action
        self._versions.see(event)
        sequence = int(event.get("sequence", job.sequence))
        link = Link(
            source_id=action.source_id,
            part=action.part,
            event_id=job.event_id,
            generation=job.generation,
            fingerprint=action.fingerprint,
            etag=str(event.get("etag", "")),
            sequence=sequence,
            starts=action.when,
            ends=action.ends,
            since=action.since,
            children=action.children,
            sent=job.body(),
            echo=echo_of(event),
            drifted_at=action.drifted_at,
        )
        old = action.link
        if not action.part:
            self._series[action.source_id] = (job.event_id, job.generation, sequence)
            landed.links += self._instances_in_doubt(job, old)
        if old is not None and old.event_id != job.event_id:
            landed.gone.append(old.event_id)
        known = old if old is not None and old.event_id == job.event_id else None
        self._land(job, landed, [link], known, link.sent)
        if not action.part and old is not None and old.generation != job.generation:
            # Its overrides went with the old recurring event: they are planned again, from what is there now.
            links = self._mirror.store.links_of(self._mirror.name, [action.source_id])
            landed.gone += [link.event_id for link in links if identity.instance_of(link.part)]
            self._applied.again.add(action.source_id)

    def _instances_in_doubt(self, job: Job, old: Link | None) -> list[Link]:
        """The instances of a recurring event that was just written over, to be written again unless they are as before.

        Google writes a series' new texts over its instances' own. Stored with the write itself, this outlives the run.
        """
        if old is None or old.event_id != job.event_id or not (old.sent or {}).get("recurrence"):
            return []
        links = self._mirror.store.links_of(self._mirror.name, [job.action.source_id])
        ours = [link for link in links if identity.instance_of(link.part) and not link.is_hole]
        there = [link for link in ours if identity.family_of(link.event_id) == job.event_id]
        self._doubted[job.event_id] = {link.event_id: link for link in there}
        self._preread.doubt(self._doubted[job.event_id])
        return [replace(link, fingerprint="", echo="") for link in there]

    def _check_instances(self) -> None:
        """Reads the series that were written over, and what of their instances is not as it was before."""
        doubted, self._doubted = self._doubted, {}
        if not doubted:
            return
        planned = {action.link.event_id for action in self._plan.actions if action.link and action.is_override}
        landed = _Landed()
        for series_id, rows in self._preread.instances_after(doubted).items():
            there = {EventId(str(row["id"])): row for row in rows if stands(row)}
            for event_id, link in doubted[series_id].items():
                row = there.get(event_id)
                if event_id in planned:
                    continue
                if row is None:
                    landed.gone.append(event_id)
                    self._applied.again.add(link.source_id)
                elif self._is_as_before(link, row):
                    landed.links.append(replace(link, etag=str(row.get("etag", "")), echo=link.echo or echo_of(row)))
                else:
                    self._applied.again.add(link.source_id)
            self._take_note(there, doubted[series_id], landed)
        self._settle(landed)

    def _is_as_before(self, link: Link, row: Mapping[str, Any]) -> bool:
        before = self._preread.event(link.event_id)
        known = echo_of(before) if before is not None else link.echo
        return bool(link.fingerprint) and known == echo_of(row)

    def _take_note(self, there: Mapping[EventId, Any], known: Mapping[EventId, Link], landed: _Landed) -> None:
        """Instances that a person made while the series was written."""
        for event_id, row in there.items():
            series = there.get(EventId(identity.family_of(event_id)))
            link = recognised(self._mirror.identity, row, series=series) if event_id not in known else None
            if link is not None and identity.instance_of(link.part):
                keeps = self._mirror.settings.on_drift is OnDrift.KEEP
                landed.links.append(replace(link, drifted_at=self._mirror.clock.now() if keeps else 0.0))
                self._applied.again.add(link.source_id)

    def _deleted(self, job: Job, landed: _Landed) -> None:
        link = job.action.link
        assert link is not None, "only what we own is deleted"
        instance = identity.instance_of(link.part)
        cascade = job.action.cascade
        left = []
        if instance:
            left = [cancelled_instance(link.source_id, link.event_id, instance, link.generation)]
        landed.gone += [link.event_id] * (not instance) + [child.event_id for child in cascade]
        for child in cascade:
            if not child.is_hole:
                self._enter(landed, job, child.part, child.event_id, "goes with its series", child, None)
        self._land(job, landed, left, link, None)

    def _land(self, job: Job, landed: _Landed, links: list[Link], known: Link | None, after: Any) -> None:
        landed.links += links
        landed.settled.append(job.event_id)
        self._enter(landed, job, job.action.part, job.event_id, job.action.reason, known, after)
        self._applied.written[job.action.verb.value] += 1

    def _enter(
        self, landed: _Landed, job: Job, part: str, event_id: EventId, reason: str, known: Link | None, after: Any
    ) -> None:
        """The entry of a write; none where nothing stood, and nothing stands now."""
        before = self._preread.before(event_id, known)
        entry = JournalEntry(
            source_id=job.action.source_id,
            part=part,
            event_id=event_id,
            verb=job.action.verb,
            reason=reason,
            before=before,
            after=after,
            proven_deletion=job.action.proven,
        )
        if before is not None or after is not None:
            landed.journal.append(entry)

    def _settle(self, landed: _Landed) -> None:
        self._mirror.store.settle(
            self._mirror.name,
            self._lease.epoch,
            self._lease.run,
            links=landed.links,
            gone=landed.gone,
            journal=landed.journal,
            settled=landed.settled,
        )

    def _look_into(self, jobs: list[Job]) -> list[Job]:
        """Reads what is at Google under the ids of unclear writes, and decides each anew."""
        if not jobs:
            return []
        ids = {job.event_id: None for job in jobs}
        # Of an instance its series tells what Google spread over it, and that may have changed as well.
        families = {EventId(identity.family_of(one)): None for one in ids}
        found = self._fetched([*(ids | families)])
        for row in (found[one] for one in families.keys() - ids.keys()):
            if row is not None and stands(row):
                self._preread.see(row)
        landed, again = _Landed(), []
        for job in jobs:
            decided = self._decide(job, found[job.event_id], landed)
            if decided is not None:
                again.append(decided)
                if decided.event_id != job.event_id:
                    landed.settled.append(job.event_id)
        self._settle(landed)
        return again

    def _fetched(self, ids: list[EventId]) -> dict[EventId, Mapping[str, Any] | None]:
        found = self._mirror.destination.fetch(self._calendar_id, ids)
        self._preread.take_note(event for event in found.values() if event is not None)
        return found

    def _decide(self, job: Job, event: Mapping[str, Any] | None, landed: _Landed) -> Job | None:
        """What to do about an event that is not as we expected; None when nothing is left to do."""
        ours = stands(event) and self._is_ours(job, event)
        if job.verb is Verb.DELETE:
            return self._decide_deletion(job, event, landed, ours=ours)
        if ours and event is not None:
            landed_before = self._landed_before(job, event)
            if landed_before and job.edits == {}:
                self._written(job, event, landed)
                return None
            if not landed_before:
                self._preread.see(event)
            known = job.action.link.sent if job.action.link else None
            carried = self._preread.edits_on(job.action.replaces) if job.action.replaces else {}
            sent, series = job.body() if landed_before else known, self._series_row(event)
            edits = edits_on(sent, event, series, overwritten=True)
            return job.renewed(Verb.UPDATE, event, carried | edits)
        if job.action.is_override:
            return self._decide_instance(job, event, landed)
        if self._is_respected(job, event) and job.action.link is not None:
            landed.links.append(replace(job.action.link, fingerprint=RESPECTED))
            landed.settled.append(job.event_id)
            return None
        # The id is burnt, or stands for something that is no longer ours: the next generation has its own.
        self._check_calendar(event)
        generation = self._generation_after(job.generation)
        event_id = identity.event_id(self._mirror.identity, job.action.source_id, job.action.part, generation)
        return replace(job, verb=Verb.INSERT, event_id=event_id, generation=generation, etag="", sequence=0)

    def _series_row(self, event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Of an instance, its series as far as it was read."""
        family = EventId(identity.family_of(str(event.get("id", ""))))
        return self._preread.event(family) if family != event.get("id") else None

    def _landed_before(self, job: Job, event: Mapping[str, Any]) -> bool:
        """Whether it is our write: its mark, and what it asked for.

        The mark alone says nothing of an instance: Google may have written its series over it since. Where a person's
        words are written over, the mark on theirs was ours already.
        """
        known = job.action.link.sent if job.action.link else None
        was, now = (identity.private_marks(body or {}).get(identity.HASH) for body in (known, event))
        return was != now == job.action.fingerprint and shows(event, job.body() or {})

    def _generation_after(self, tried: int) -> int:
        """The generation to try after one whose id is taken; in the end the time, which no earlier run has used."""
        after = identity.following(tried)
        return after if tried < GUESSES else max(after, int(self._mirror.clock.now()))

    def _decide_deletion(self, job: Job, event: Mapping[str, Any] | None, landed: _Landed, *, ours: bool) -> Job | None:
        self._check_calendar(event)
        if ours and event is not None:
            return job.renewed(Verb.DELETE, event, {})
        if stands(event) and job.action.link is not None:
            # Its marks were taken off: it is the person's now, and we only forget it.
            landed.gone.append(job.event_id)
            landed.settled.append(job.event_id)
            return None
        self._deleted(job, landed)
        return None

    def _decide_instance(self, job: Job, event: Mapping[str, Any] | None, landed: _Landed) -> Job | None:
        """An instance that a person cancelled is restored; a series that is gone as a whole is planned anew."""
        self._check_calendar(event)
        source_id, series_id = job.action.source_id, EventId(job.event_id.partition("_")[0])
        series = self._fetched([series_id])[series_id]
        if stands(series):
            if event is not None and not stands(event):
                return job.renewed(Verb.UPDATE, event, {})
            if source_id in self._series:
                # What we have just written is all that there is to write: what it replaces need not stay.
                self._applied.skipped[source_id] = "its series in Google has no such occurrence"
                return None
            self._skip(job, "its series was changed in Google; calmirror repair puts it right")
            return None
        links = self._mirror.store.links_of(self._mirror.name, [source_id])
        owned = [link.event_id for link in links if link.event_id.startswith(series_id)]
        # Where Google took a write to another of its instances all the same, that stays ours, and has to go.
        held = self._fetched(owned)
        landed.gone += [one for one in owned if not stands(held[one])]
        landed.settled.append(job.event_id)
        self._applied.again.add(source_id)
        return None

    def _is_respected(self, job: Job, event: Mapping[str, Any] | None) -> bool:
        """Whether a person deleted the copy and wants it to stay so."""
        respect = self._mirror.settings.deleted_in_google is DeletedInGoogle.RESPECT
        return respect and job.verb is Verb.UPDATE and not stands(event)

    def _is_ours(self, job: Job, event: Mapping[str, Any]) -> bool:
        """Whether an event is of the job's source event; one that was never written has the marks of its series."""
        link = identity.recognised(event, self._mirror.identity)
        return link is not None and link.source_id == identity.source_key(job.action.source_id)

    def _check_calendar(self, event: Mapping[str, Any] | None) -> None:
        """An event that Google does not know at all may mean that the whole calendar is gone."""
        if event is None and self._mirror.destination.calendar(self._calendar_id) is None:
            raise calendar_gone(self._mirror)

    def _skip(self, job: Job, reason: str) -> None:
        self._unwritten.add(job.action.source_id)
        self._applied.skipped[job.action.source_id] = reason


def calendar_gone(mirror: Mirror) -> UserFixableError:
    """The destination calendar was deleted in Google, or taken from us."""
    return UserFixableError(
        f'Mirror "{mirror.name}": the destination calendar no longer exists in Google.',
        code="destination-gone",
        meaning="The Outlook calendar is untouched. Nothing is written until a person decides.",
        command=f"To have a new one made and filled: calmirror repair --mirror {mirror.name} --new-calendar",
    )


def not_writable(mirror: Mirror) -> UserFixableError:
    """Google lets us read the destination but not write to it."""
    return UserFixableError(
        f'Mirror "{mirror.name}": Google does not let this sign-in write to the destination calendar.',
        code="destination-read-only",
        command="Share the calendar with the right to make changes, or choose another destination",
    )


def _landed_earlier(link: Link, now: Mapping[str, Any]) -> JournalEntry:
    return JournalEntry(
        source_id=link.source_id,
        part=link.part,
        event_id=link.event_id,
        verb=Verb.UPDATE,
        reason=LANDED_EARLIER,
        before=link.sent,
        after=now,
    )
