"""Guards: on the plan, before the first write. A deletion needs proof and stays within a budget."""

from __future__ import annotations

from collections.abc import Collection

from calmirror.errors import UNTOUCHED, SafetyStopError
from calmirror.model.ids import SourceId
from calmirror.model.times import Window
from calmirror.plan.actions import Plan

FEWEST = 10
LONGEST = 7
"""At most so many days without a completed reading make the budget larger: a holiday is no emergency."""
SHARE = 10
"""At most this percentage of what we own, in 24 hours; a percentage per run would wear away as runs repeat."""


def budget(owned: int, days: float = 0.0) -> int:
    """How many source events may be deleted in 24 hours without a person's word.

    `days` have passed since the source was last read to its end: what is deleted in a week comes at once then.
    """
    return max(FEWEST, owned * SHARE // 100) * max(1, min(int(days), LONGEST))


def check(plan: Plan, *, mirror: str, current: int, command: str, by_absence: bool = False) -> None:
    """Raises SafetyStopError for a plan by which the source seems emptied or halved: it is not believed at all.

    Args:
        current: source events that we own within the window.
        command: what a person types to allow it.
        by_absence: nothing but their absence from a whole list proves the deletions, so that a small calendar must
            not seem halved, either.
    """
    deleted = len(plan.deleted_sources)
    if not deleted:
        return
    left = current - deleted
    fewest = 2 if by_absence else FEWEST
    if left <= 0 and (current > 1 or by_absence):
        why = f"all {deleted} events that it mirrors seem to be deleted in Outlook"
    elif deleted * 2 > current > fewest:
        why = f"{deleted} of {current} events seem to be deleted in Outlook, more than half"
    else:
        return
    raise SafetyStopError(
        f'Mirror "{mirror}": {why}.',
        code="mass-delete",
        meaning=f"{UNTOUCHED} The mirror stands as it was.",
        command=f"If they are meant to go: {command}",
    )


def other_source(*, mirror: str, before: str, now: str, same: int, current: int) -> SafetyStopError:
    """What stops a run that reads another calendar than the ones before it: another account signed in, for example.

    Args:
        before: what it mirrored until now, and whose it is, as words in a sentence; `now`, what it reads.
        same: how many of the `current` events that it mirrors the calendar has.
    """
    return SafetyStopError(
        f'Mirror "{mirror}": until now it mirrored {before}. It reads {now} now, which has {same} of the {current} '
        "events that are mirrored.",
        code="another-source",
        meaning=f"{UNTOUCHED} The mirror stands as it was.",
        command="To go back: sign in to the earlier account (calmirror connect microsoft), or correct calmirror.toml. "
        f"To mirror the new one instead: calmirror purge --mirror {mirror}, then calmirror sync --mirror {mirror}",
    )


def empty(*, mirror: str, calendar: str, window: Window, command: str, other: str) -> SafetyStopError:
    """What stops the first run of a mirror whose source holds no event: it may be the wrong account or calendar.

    Args:
        calendar: its name and its owner, as words in a sentence.
        command: what a person types to go on with it.
        other: where they choose another one.
    """
    start, end = window.start.date(), window.end.date()
    return SafetyStopError(
        f'Mirror "{mirror}": {calendar} has no event from {start} to {end}. It may be the wrong account or calendar.',
        code="empty-source",
        command=f"If it is the right one: {command}. If not: {other}",
    )


def waiting(
    plan: Plan, known: Collection[SourceId], *, owned: int, recent: int, days: float = 0.0
) -> frozenset[SourceId]:
    """The source events whose deletion waits for a person's word.

    Once the budget is exceeded, all deletions of the run wait. Neither a new day nor a larger budget releases them.

    Args:
        known: those that wait already.
        owned: source events that we own.
        recent: source events deleted in the last 24 hours.
        days: since the source was last read to its end.
    """
    new = plan.deleted_sources - set(known)
    exceeded = len(new) + recent > budget(owned + recent, days)
    return plan.deleted_sources if exceeded else plan.deleted_sources & set(known)


def word_for(waits: Collection[SourceId], *, mirror: str, written: str, command: str) -> SafetyStopError:
    """What a run ends with that left these deletions out, and wrote all else."""
    what = "1 deletion waits" if len(waits) == 1 else f"{len(waits)} deletions wait"
    return SafetyStopError(
        f'Mirror "{mirror}": {what} for your word: more than are allowed in 24 hours. calmirror plan lists them.',
        code="mass-delete",
        meaning=f"{written} These events stay in Google until you decide, or until they are back in Outlook.",
        command=f"If they are meant to go: {command} --allow-mass-delete. To keep them: {command} --keep-deleted",
    )
