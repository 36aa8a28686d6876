"""Ids carry their side in their type, so that a source id never lands where a mirror id belongs."""

from typing import NewType

SourceId = NewType("SourceId", str)
"""Graph's id of an event: opaque, case-sensitive, changes when the event moves to another calendar."""

EventId = NewType("EventId", str)
"""Google's id of a mirror event; ours are computed (`plan.identity`), an override's is its instance id."""
