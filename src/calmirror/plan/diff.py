"""Desired events against links: what to insert, update and delete, each with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from calmirror.model.fingerprint import fingerprint
from calmirror.model.ids import SourceId
from calmirror.model.mirror import FOUND, KEPT, RENEW, RESPECTED, Desired, DesiredEvent, Link, Verb
from calmirror.model.times import Window
from calmirror.plan import identity
from calmirror.plan.actions import Action, Note, Plan
from calmirror.plan.content import echo_of, moment_of, shows
from calmirror.plan.explain import NOTHING_SEEN, changed
from calmirror.plan.instances import kept_at, plain_instance, same_day
from calmirror.plan.note import is_forged

NEW = "new in Outlook"
LEFT_OVER = "left over from a run that was interrupted"
REPLACED = "replaced: what Google does with changed instances when a series is rescheduled is not documented"
CUT_OFF = "cut off its series in Google"
MADE_ANEW = "made anew: it was not as it should be in Google"
OVERWRITTEN = "Google wrote its series over it"
NOTICED = "changed in Google: only what stays"


def plan_changes(
    mirror: str,
    desired: Iterable[Desired],
    gone: Mapping[SourceId, str],
    links: Iterable[Link],
    window: Window,
    *,
    left: Mapping[SourceId, str] | None = None,
) -> Plan:
    """The plan that makes the destination right for the given source events; others are not its business.

    `gone` are source events that no longer are in the calendar, with the proof in words. `links` are all that we
    own of these source events. `left` are source events, with a reason, whose copies are no longer wanted although
    they may be in Outlook. What ended before the window and is not desired has aged out: it is left alone.
    """
    owned, leftovers = _newest(links)
    taken = {(action.source_id, action.generation) for action in leftovers}
    actions, kept, notes = leftovers, list[_Kept](), list[Note]()
    wanted = set()
    for want in desired:
        wanted.add(want.source_id)
        piece = _Piece(mirror, want, owned.get(want.source_id, {}), window, taken)
        for outcome in piece.outcomes():
            if isinstance(outcome, Action):
                actions.append(outcome)
            else:
                kept.append(outcome)
        if want.note:
            notes.append(Note(want.source_id, piece.title, want.note))
    for source_id, proof in gone.items():
        actions += deletions(owned.get(source_id, {}).values(), proof, proven=True)
    for source_id, reason in (left or {}).items():
        if source_id not in wanted and source_id not in gone:
            actions += deletions(owned.get(source_id, {}).values(), reason, proven=False)
    return Plan(
        actions=tuple(actions),
        refreshed=tuple(k.link for k in kept if k.stale),
        kept=len(kept),
        notes=tuple(notes),
    )


def _newest(links: Iterable[Link]) -> tuple[dict[SourceId, dict[str, Link]], list[Action]]:
    """What we own, by source event and part. Where a run was cut short between an event and its replacement, both
    are there: the older one goes. What somebody else could have made goes before what the state knows."""
    owned: dict[SourceId, dict[str, Link]] = defaultdict(dict)
    older: dict[SourceId, list[Link]] = defaultdict(list)
    for link in sorted(links, key=lambda link: (link.fingerprint != FOUND, link.generation)):
        before = owned[link.source_id].get(link.part)
        if before is not None:
            older[link.source_id].append(before)
        owned[link.source_id][link.part] = link
    for source_id, parts in owned.items():
        older[source_id] += [parts.pop(part) for part in _strays(parts)]
    return owned, [action for old in older.values() for action in deletions(old, LEFT_OVER, proven=False)]


def _strays(parts: Mapping[str, Link]) -> list[str]:
    """Instances of an older recurring event: a run was cut short before the newest one got its own."""
    whole = parts.get("")
    prefix = f"{whole.event_id}_" if whole else ""
    return [
        part
        for part, link in parts.items()
        if "_" in link.event_id and not link.event_id.startswith(prefix) and (whole or not link.is_split)
    ]


@dataclass(frozen=True, slots=True)
class _Kept:
    link: Link
    stale: bool


class _Piece:
    """One source event: what is wanted of it beside what we own of it."""

    def __init__(
        self,
        mirror: str,
        want: Desired,
        owned: Mapping[str, Link],
        window: Window,
        taken: Collection[tuple[SourceId, int]],
    ) -> None:
        self.mirror, self.want, self.owned, self.window, self.taken = mirror, want, owned, window, taken
        self.whole = owned.get("")
        known = [link.generation for link in owned.values() if link.fingerprint != FOUND]
        self.generation = max(known or [link.generation for link in owned.values()], default=0)
        self.title = str(want.parts[0].body.get("summary", "")) if want.parts else ""
        self.series = next((part for part in want.parts if not part.part), None)
        self.renewed = self._must_renew()

    def outcomes(self) -> Iterator[Action | _Kept]:
        """An action or a keep for each part that is wanted or owned."""
        if self.want.hidden:
            there = [link for link in self.owned.values() if link.fingerprint != RESPECTED]
            yield from deletions(there, self.want.hidden, proven=False)
            return
        if self.whole is not None and self.whole.fingerprint == RESPECTED:
            yield from (_Kept(link, stale=False) for link in self.owned.values())
            return
        if self.renewed:
            yield from deletions(self._of_series(), REPLACED if self.whole else LEFT_OVER, proven=False)
        outcomes = [self._wanted(part, self.owned.get(part.part)) for part in self.want.parts]
        yield from outcomes
        kept = bool(outcomes) and isinstance(outcomes[0], _Kept)
        wanted = {part.part for part in self.want.parts}
        for link in self.owned.values():
            if link.part not in wanted and not (self.renewed and _in_series(link)):
                yield from self._unwanted(link, series_kept=kept)
        if self.renewed and self.whole:
            yield from self._carried_over(self.whole, wanted)
        if self.series is not None and self.whole is None and not self.want.exploded:
            yield from self._from_copies(self.series, wanted)

    def _must_renew(self) -> bool:
        """A rescheduled series with overrides or cancelled instances is made anew, under a new generation.

        So is one that a person moved in Google, since it has other instances than at our time; and one of which only
        instances are left: a process that had lost the mirror may write to one of a series that was deleted
        meanwhile, and what Google then does with it is not documented.
        """
        if self.want.exploded:
            return False
        instances = [link for link in self.owned.values() if identity.instance_of(link.part)]
        if self.whole is None:
            return bool(instances)
        if self.whole.fingerprint == RENEW or not instances:
            return self.whole.fingerprint == RENEW
        restored = (link for link in instances if link.is_hole)
        return (
            identity.schedule_of(self.whole) != self.want.schedule
            or self._was_moved((self.whole.sent or {}).get("start"))
            or any(identity.instance_of(link.part) not in self.want.holes for link in restored)
        )

    def _was_moved(self, start: Mapping[str, str] | None) -> bool:
        return bool(start and self.series and moment_of(start) != moment_of(self.series.body["start"]))

    def _of_series(self) -> list[Link]:
        return [link for link in self.owned.values() if _in_series(link)]

    def _wanted(self, part: DesiredEvent, old: Link | None) -> Action | _Kept:
        fresh = old is None or (self.renewed and _in_series(old))
        generation = self._generation(part, None if fresh else old)
        digest = fingerprint({**part.body, "show": part.show} if part.show else part.body)
        if (
            old is not None
            and not fresh
            and old.fingerprint == digest
            and (old.echo or shows(old.sent or {}, part.body))
            and not is_forged(str((old.sent or {}).get("description", "")))
        ):
            return self._kept(part, old)
        return Action(
            verb=Verb.INSERT if fresh else Verb.UPDATE,
            source_id=self.want.source_id,
            part=part.part,
            generation=generation,
            reason=self._reason(part, None if fresh else old),
            title=str(part.body.get("summary", "")),
            when=part.starts,
            ends=part.ends,
            body=identity.MarkedBody(part.body, self._marks(part, generation, digest)),
            fingerprint=digest,
            since=self._since(part),
            children=self._children(part),
            link=None if fresh else old,
            replaces=(old or self._stood_for(part)) if fresh else None,
        )

    def _kept(self, part: DesiredEvent, old: Link) -> _Kept:
        link = replace(
            old,
            starts=part.starts,
            ends=part.ends,
            since=self._since(part),
            children=self._children(part),
            echo=old.echo or echo_of(old.sent or {}),
        )
        return _Kept(link, stale=link != old)

    def _plain(self, link: Link, *, series_kept: bool) -> Action | _Kept:
        """An instance of which nothing of its own is wanted, and that Google keeps apart from its series."""
        assert self.series is not None, "only a series has instances"
        part = plain_instance(self.series, identity.instance_of(link.part))
        if not link.drifted_at:
            return self._wanted(part, link)
        # It is at the time that a person chose, and may stay there; all else follows the series.
        part = kept_at(part, link.sent or {})
        outcome = self._wanted(part, link)
        if link.fingerprint == KEPT and series_kept and isinstance(outcome, Action):
            return _Kept(replace(link, fingerprint=outcome.fingerprint), stale=True)
        return replace(outcome, drifted_at=link.drifted_at) if isinstance(outcome, Action) else outcome

    def _carried_over(self, whole: Link, wanted: Collection[str]) -> Iterator[Action | _Kept]:
        """Instances of a series made anew on which a person had set something that stays."""
        if self.series is None:
            return
        for link in self.owned.values():
            if link.part in wanted or not identity.instance_of(link.part) or not identity.is_touched(link.sent):
                continue
            suffix = same_day(whole.sent or {}, self.series.body, identity.instance_of(link.part))
            if suffix and suffix not in self.want.holes and f"override:{suffix}" not in wanted:
                yield self._wanted(plain_instance(self.series, suffix), link)

    def _stood_for(self, part: DesiredEvent) -> Link | None:
        """What showed the new event's occurrences while the series was written in another form.

        A person's colour, reminder and note on it go over; to a recurring event only what all copies have.
        """
        form, _, key = part.part.partition(":")
        if form == "copy":
            override = self.owned.get(f"override:{key}")
            return override if override and identity.is_touched(override.sent) else self.whole
        if form == "override":
            return self.owned.get(f"copy:{key}")
        copies = self._copies()
        theirs = [self._edits(link) for link in copies]
        return copies[0] if copies and theirs[0] and all(one == theirs[0] for one in theirs) else None

    def _from_copies(self, series: DesiredEvent, wanted: Collection[str]) -> Iterator[Action | _Kept]:
        """Instances of a series that was written as copies, of which a person had set something on some."""
        copies = self._copies()
        if all(self._edits(link) == self._edits(copies[0]) for link in copies):
            return
        for link in filter(self._edits, copies):
            suffix = link.part.partition(":")[2]
            there = suffix not in self.want.holes and f"override:{suffix}" not in wanted and link.part not in wanted
            if there and same_day(series.body, series.body, suffix) == suffix:
                yield self._wanted(plain_instance(series, suffix), None)

    def _copies(self) -> list[Link]:
        return [link for link in self.owned.values() if link.part.startswith("copy:")]

    @staticmethod
    def _edits(link: Link) -> Mapping[str, object]:
        return identity.set_by_hand(link.sent or {})

    def _generation(self, part: DesiredEvent, old: Link | None) -> int:
        if old is not None:
            return old.generation
        if part.instance and self.whole and not self.renewed:
            return self.whole.generation
        if self.renewed and not part.part.startswith("copy:"):
            return self._following(self.whole.generation if self.whole else self.generation)
        return self.generation

    def _following(self, generation: int) -> int:
        """The next generation of which no leftover is there: that one's id would be written and deleted in one run."""
        following = identity.following(generation)
        while (self.want.source_id, following) in self.taken:
            following = identity.following(following)
        return following

    def _reason(self, part: DesiredEvent, old: Link | None) -> str:
        if old is not None and old.is_unsure and old.part:
            return OVERWRITTEN
        if old is not None and old.sent is None and part.instance:
            return "deleted in Google"
        if old is not None:
            differs = changed(old.sent, part.body)
            if not old.fingerprint and differs == NOTHING_SEEN:
                return NOTICED
            return ("" if old.fingerprint not in ("", KEPT, FOUND) else "changed in Google: ") + differs
        if part.instance:
            return "this occurrence differs from its series"
        if part.part.startswith("copy:"):
            return self.want.note if self.want.exploded else "its start depends on how clocks change"
        if self.whole is not None and self.whole.fingerprint == RENEW:
            return MADE_ANEW
        return "rescheduled in Outlook" if self.renewed and self.whole else NEW

    def _marks(self, part: DesiredEvent, generation: int, digest: str) -> dict[str, str]:
        return {
            identity.MIRROR: self.mirror,
            identity.SOURCE: identity.source_key(self.want.source_id),
            identity.PART: part.part,
            identity.GENERATION: str(generation),
            identity.HASH: digest,
            identity.UID: self.want.ical_uid,
            identity.SCHEDULE: "" if part.part else self.want.schedule,
            identity.SINCE: self._since(part),
            identity.SHOW: part.show,
            identity.COLOR: str(part.body.get("colorId", "")),
            identity.REMINDERS: identity.spelled(part.body.get("reminders")),
        }

    def _since(self, part: DesiredEvent) -> str:
        return "" if part.part.startswith("override:") else self.want.since

    def _children(self, part: DesiredEvent) -> tuple[SourceId, ...]:
        first = part is self.want.parts[0]
        return self.want.children if first else ()

    def _unwanted(self, link: Link, *, series_kept: bool) -> Iterator[Action | _Kept]:
        instance = identity.instance_of(link.part)
        reason = self.want.left_out.get(link.part.partition(":")[2], "")
        if link.is_hole:
            yield _Kept(link, stale=False)
        elif not link.part:
            yield from deletions(self._of_series(), self.want.note or "no longer one series", proven=False)
        elif link.is_split:
            yield from self._split(link, series_kept=series_kept)
        elif instance and self.series is None:
            return
        elif instance and instance in self.want.holes:
            yield _deletion(link, reason or "this occurrence was cancelled in Outlook", proven=False)
        elif instance and instance not in self.want.untold:
            yield self._plain(link, series_kept=series_kept)
        elif instance or self._aged(link):
            yield _Kept(link, stale=False)
        else:
            yield _deletion(link, reason or "no longer an occurrence of its own", proven=False)

    def _split(self, link: Link, *, series_kept: bool) -> Iterator[Action | _Kept]:
        """What a person has cut off the series goes: the series shows it all again."""
        if self.series is None and self.whole is not None:
            return  # with its series
        if link.drifted_at and series_kept:
            yield _Kept(link, stale=False)
        else:
            yield _deletion(link, CUT_OFF, proven=False)

    def _aged(self, link: Link) -> bool:
        """A copy from before the window stays, unless the recurring event that now stands there shows it too."""
        same_form = self.want.exploded or self.whole is not None
        return same_form and link.is_past(self.window)


def _in_series(link: Link) -> bool:
    return not link.part.startswith("copy:")


def deletions(owned: Collection[Link], reason: str, *, proven: bool) -> Iterator[Action]:
    """Deletions of all that is owned; instances go with their recurring event, if that is owned."""
    instances = [link for link in owned if identity.instance_of(link.part)]
    series = tuple(f"{link.event_id}_" for link in owned if not identity.instance_of(link.part))
    for link in owned:
        if not identity.instance_of(link.part):
            cascade = tuple(i for i in instances if i.event_id.startswith(f"{link.event_id}_"))
            yield _deletion(link, reason, proven=proven, cascade=cascade)
        elif link.part.startswith("override:") and not link.event_id.startswith(series):
            yield _deletion(link, reason, proven=proven)


def _deletion(link: Link, reason: str, *, proven: bool, cascade: tuple[Link, ...] = ()) -> Action:
    return Action(
        verb=Verb.DELETE,
        source_id=link.source_id,
        part=link.part,
        generation=link.generation,
        reason=reason,
        title=str((link.sent or {}).get("summary", "")),
        when=link.starts,
        ends=link.ends,
        link=link,
        cascade=cascade,
        proven=proven,
    )
