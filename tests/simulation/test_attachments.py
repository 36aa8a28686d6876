"""Names of attachments are shown where everything is, cost one more batch, and are not asked for otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from world import TODAY, World, timed, weekly

from calmirror.model.policy import Policy, Profile
from calmirror.sandbox.graph.errors import CATALOGUE
from calmirror.sandbox.service import Fault

FILES = {"attachments": [{"name": "Offer.pdf"}, {"name": "Plan & costs.xlsx"}, {"name": "logo.png", "isInline": True}]}


def world_with_files(policy=None):
    """A single event and a series with attachments."""
    world = World().fill(singles=3)
    world.policy = policy or world.policy
    world.ids["offer"] = world.mailbox.create(timed("Offer", TODAY + timedelta(3), 9) | FILES)
    world.ids["review"] = world.mailbox.create(weekly("Review", TODAY, 9) | FILES)
    return world.settle()


@pytest.mark.parametrize("name", ["offer", "review"])
def test_attachments_are_named_in_the_text(name):
    world = world_with_files()
    description = world.copies(name)[0]["description"]
    assert "Offer.pdf" in description
    assert "Plan &amp; costs.xlsx" in description
    assert "logo.png" not in description
    world.assert_exact()


def test_a_changed_event_with_attachments_costs_two_requests_to_microsoft():
    world = world_with_files()
    marked = world.mark()
    world.mailbox.edit(world.ids["offer"], subject="Another offer")
    assert world.sync() == 0
    assert world.since(marked)[0] == 2
    assert len(world.writes_since(marked)) == 1


@pytest.mark.parametrize("profile", [Profile.NO_DETAILS, Profile.BUSY])
def test_what_is_not_shown_is_not_asked_for(profile):
    world = world_with_files(Policy(profile=profile))
    asked = [one.request.body for one in world.graph.log if b"/attachments" in one.request.body]
    assert asked == []
    assert "Offer.pdf" not in str(world.ours())


def test_names_that_cannot_be_read_leave_the_event_as_it_is():
    world = World().fill(singles=3)
    world.ids["offer"] = world.mailbox.create(timed("Offer", TODAY + timedelta(3), 9) | FILES)
    world.graph.faults.append(refused())
    world.settle()
    assert "Has attachments in Outlook" in world.copies("offer")[0]["description"]
    world.assert_exact()


def refused():
    """Every request for attachments is denied, within a batch."""
    denied = CATALOGUE["access-denied"]
    return Fault(matches=lambda r: "/attachments" in r.url, answer=denied, times=-1, inside_batch=True)
