"""What Google should hold for one event: its fields as far as the mirror shows them, its time, its zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from calmirror.model.mirror import Desired, DesiredEvent
from calmirror.model.policy import Policy, Profile
from calmirror.model.times import Span, as_instant, rfc3339
from calmirror.translate.decide import Decision, decide
from calmirror.translate.joinlinks import is_safe
from calmirror.translate.meeting import description, place
from calmirror.translate.plain import one_line
from calmirror.translate.zones import iana

if TYPE_CHECKING:
    from calmirror.model.source import SourceEvent

LONGEST_REMINDER = 40320
"""Minutes; Google refuses more (four weeks)."""
NO_LENGTH_NOTE = "has no length in Outlook, so it is one minute long in Google"
MOST_ATTENDEES = Policy().most_attendees


class View:
    """What one policy makes of events. Each is judged once: a series asks for its master again and again."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._decisions: dict[str, Decision] = {}
        self._pieces: dict[str, dict[str, Any]] = {}

    def decision(self, event: SourceEvent) -> Decision:
        """How the event is shown."""
        if event.id not in self._decisions:
            self._decisions[event.id] = decide(event, self._policy)
        return self._decisions[event.id]

    def hides(self, event: SourceEvent) -> str:
        """Why the event is left out, in words; "" for one that is shown."""
        decision = self.decision(event)
        return ", ".join(decision.trace) if decision.skip else ""

    def piece(
        self, part: str, event: SourceEvent, span: Span, zone: str | None, instance: str = "", **more: Any
    ) -> DesiredEvent:
        """The event as a part of what is desired, at this time; `more` goes into its body."""
        if event.id not in self._pieces:
            most = self._policy.most_attendees
            self._pieces[event.id] = fields(event, self.decision(event), most_attendees=most)
        return piece(part, event, self.decision(event), self._pieces[event.id], span, zone, instance, **more)


def desired_single(event: SourceEvent, policy: Policy) -> Desired:
    """What Google should hold for an event that does not repeat."""
    decision = decide(event, policy)
    if decision.skip:
        return Desired(source_id=event.id, ical_uid=event.ical_uid, parts=(), hidden=", ".join(decision.trace))
    timeless = fields(event, decision, most_attendees=policy.most_attendees)
    part = piece("", event, decision, timeless, event.span, iana(event.start_zone))
    note = NO_LENGTH_NOTE if event.span.end <= event.span.start else ""
    return Desired(source_id=event.id, ical_uid=event.ical_uid, parts=(part,), note=note)


def piece(
    part: str,
    event: SourceEvent,
    decision: Decision,
    timeless: dict[str, Any],
    span: Span,
    zone: str | None,
    instance: str = "",
    **more: Any,
) -> DesiredEvent:
    """The event as a part of what is desired, at this time; `timeless` and `more` are the rest of its body."""
    real = with_length(span)
    return DesiredEvent(
        part=part,
        body=timeless | times(real, zone) | more,
        instance=instance,
        show=shown_as(event, decision),
        starts=_instant(real.start),
        ends=_instant(real.end),
    )


@lru_cache(maxsize=1 << 12)  # the same times again and again: it spares the memory, too
def _instant(value: datetime | date) -> str:
    return as_instant(value).isoformat()


def fields(event: SourceEvent, decision: Decision, *, most_attendees: int = MOST_ATTENDEES) -> dict[str, Any]:
    """All that does not depend on when it is. No attendees, ever: Google would write to them."""
    full = decision.profile is Profile.FULL
    body: dict[str, Any] = {
        "summary": one_line(decision.title),
        "description": description(
            event, profile=decision.profile, most_attendees=most_attendees, attachments=event.attachments
        ),
        "location": "" if decision.profile is Profile.BUSY else place(event),
        "transparency": "transparent" if event.show_as.lower() == "free" else "opaque",
        "visibility": "private" if decision.private else "default",
        "reminders": _reminders(decision.reminder, event.reminder_minutes),
        "colorId": decision.color or "",
        "status": "confirmed",
    }
    if full and is_safe(event.web_link):
        body["source"] = {"title": "Outlook", "url": event.web_link}
    return {key: value for key, value in body.items() if value != ""}


def shown_as(event: SourceEvent, decision: Decision) -> str:
    """What is shown, in a word for the mark: the profile, and "+title" where the title is not the event's own."""
    title, subject = decision.title, event.subject
    own = decision.profile is Profile.BUSY or title == subject or one_line(title) == one_line(subject)
    return decision.profile.value if own else f"{decision.profile.value}+title"


def times(span: Span, zone: str | None) -> dict[str, Any]:
    """`start` and `end` as Google takes them: dates, or wall-clock times with offset and IANA zone."""
    return {"start": moment(span.start, zone), "end": moment(span.end, zone)}


def moment(value: Any, zone: str | None) -> dict[str, str]:
    """One end of a span; without a known zone the instant is written in UTC, which is never wrong."""
    if not isinstance(value, datetime):
        return {"date": value.isoformat()}
    local = value.astimezone(ZoneInfo(zone) if zone else UTC)
    return {"dateTime": rfc3339(local), "timeZone": zone or "UTC"}


def with_length(span: Span) -> Span:
    """Google refuses a timed event of no length and stores an empty day verbatim: a minute, or a day, is added."""
    if span.end > span.start:
        return span
    return Span(span.start, span.start + (timedelta(days=1) if span.all_day else timedelta(minutes=1)))


def _reminders(wanted: int | str, outlooks: int | None) -> dict[str, Any]:
    """One pop-up, none, or the calendar's own; "source" asks for Outlook's."""
    if wanted == "default":
        return {"useDefault": True}
    minutes = outlooks if wanted == "source" else wanted
    if not isinstance(minutes, int):
        return {"useDefault": False, "overrides": []}
    bounded = min(max(minutes, 0), LONGEST_REMINDER)
    return {"useDefault": False, "overrides": [{"method": "popup", "minutes": bounded}]}
