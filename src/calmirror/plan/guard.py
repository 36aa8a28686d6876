"""Guards: on the plan, before the first write. A deletion needs proof and stays within a budget."""

from __future__ import annotations

from calmirror.errors import UNTOUCHED, SafetyStopError
from calmirror.plan.actions import Plan

FEWEST = 10
SHARE = 10
"""At most this percentage of what we own, in 24 hours; a percentage per run would wear away as runs repeat."""


def budget(owned: int) -> int:
    """How many source events may be deleted in 24 hours without a person's word."""
    return max(FEWEST, owned * SHARE // 100)


def check(
    plan: Plan, *, mirror: str, owned: int, current: int, recent: int, command: str, by_absence: bool = False
) -> None:
    """Raises SafetyStopError for a plan that deletes more than a calendar plausibly loses.

    Args:
        owned: source events that we own, `current` of them within the window.
        recent: source events deleted in the last 24 hours.
        command: what a person types to allow it.
        by_absence: nothing but their absence from a whole list proves the deletions, so that a small calendar must
            not seem halved, either.
    """
    deleted = len(plan.deleted_sources)
    if not deleted:
        return
    left = current - deleted
    limit = budget(owned + recent)
    fewest = 2 if by_absence else FEWEST
    if left <= 0 and (current > 1 or by_absence):
        why = f"all {deleted} events that it mirrors seem to be deleted in Outlook"
    elif deleted * 2 > current > fewest:
        why = f"{deleted} of {current} events seem to be deleted in Outlook, more than half"
    elif deleted + recent > limit:
        earlier = f", with the {recent} of the last 24 hours" if recent else ""
        why = f"{deleted} events seem to be deleted in Outlook{earlier}, more than the {limit} that are allowed"
    else:
        return
    raise SafetyStopError(
        f'Mirror "{mirror}": {why}.',
        code="mass-delete",
        meaning=f"{UNTOUCHED} The mirror stands as it was.",
        command=f"If they are meant to go: {command}",
    )
