"""One event of a feed becomes a source event in Graph's words, with what the feed says of its repetition."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from calmirror.ics.ids import feed_id
from calmirror.ics.people import attendees, organizer
from calmirror.ics.values import Component, OddEventError, Property, When, duration, unescaped, when, whens
from calmirror.model.ids import SourceId
from calmirror.model.source import Kind, Outline, SourceEvent
from calmirror.model.times import Span
from calmirror.translate.joinlinks import first_join_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.ics.zones import Zones

SHOWN_AS = {
    "FREE": "free",
    "TENTATIVE": "tentative",
    "BUSY": "busy",
    "OOF": "oof",
    "WORKINGELSEWHERE": "workingElsewhere",
}
SENSITIVITIES = {"": "normal", "PUBLIC": "normal", "PERSONAL": "personal", "CONFIDENTIAL": "confidential"}
"""What else a CLASS may say is a wish for more privacy, as RFC 5545 has it."""
CANCELLED = frozenset(
    word.casefold()
    for word in re.split(
        " ",
        "Canceled Cancelled Abgesagt Storniert Annulé Annulée Cancelado Cancelada Anulado Anulada Annullato Annullata "
        "Geannuleerd Aflyst Annulleret Avlyst Inställd Inställt Peruutettu Anulowano Odwołano Odwołane Zrušeno Zrušená "
        "Zrušené Lemondva Elmarad Törölve Anulat Anulată Otkazano Odpovedano Preklicano Atšaukta Atcelts Tühistatud "
        "Отменено Отменена Скасовано Отказано Ακυρώθηκε İptal Cancel·lat Cancel·lada Dibatalkan "
        "已取消 キャンセル済み キャンセル 취소됨 취소 בוטל מבוטל ملغى ملغاة ยกเลิก",
    )
) | {"iptal edildi", "i̇ptal edildi", "bertan behera", "đã hủy", "đã huỷ", "تم الإلغاء", "已取消的会议"}
"""The word before the colon of a cancelled meeting's title, in the languages of Outlook."""
LONGEST_NUMBER = 9
"""Digits of a whole number in a feed."""
IMPORTANCES = {"0": "low", "1": "normal", "2": "high"}
_MARKUP = re.compile(r"</(?:a|b|i|u|p|div|span|strong|em|ul|ol|li|h\d|table|body|html)>|<br\s*/?>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|p|div|li)\b", re.IGNORECASE)
_DAY = re.compile(r"\d{8}")
JOIN = (
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "X-GOOGLE-CONFERENCE",
    "CONFERENCE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One VEVENT. `first` and `last` are its start and end as given; `replaces` is the occurrence that it changes.

    `rules` are its RRULEs, `holes` its EXDATEs, `more` its RDATEs, of which `periods` have their own end.
    `following`: it changes all later occurrences, too.
    `version` grows with each edit: of two with the same id the higher one counts.
    """

    uid: str
    event: SourceEvent
    first: When
    last: When
    rules: tuple[str, ...] = ()
    holes: tuple[When, ...] = ()
    more: tuple[When, ...] = ()
    periods: tuple[tuple[When, When], ...] = ()
    replaces: When | None = None
    following: bool = False
    version: tuple[int, str] = (0, "")

    @property
    def repeats(self) -> bool:
        """Whether it is a series master."""
        return bool(self.rules or self.more)


def outline(one: Component, zones: Zones) -> Outline:
    """What can be told of an event that cannot be understood."""
    start, starts = one.first("DTSTART"), ""
    # A time in an unknown zone is shown as the file writes it.
    for zone in dict.fromkeys((start.params.get("TZID", ""), "")) if start else ():
        with suppress(OddEventError, OverflowError):
            known = when(start.value if start else "", zone, zones)
            plain = known.wall.date() if known.is_day else known.instant if not known.floating else known.wall
            starts = plain.isoformat()
            break
    public = SENSITIVITIES.get(one.value("CLASS").upper()) == "normal"
    return Outline(one.text("SUMMARY") if public else "", starts)


def occurrence_id(uid: str, start: When | datetime) -> SourceId:
    """The id of one occurrence, from when it was meant to be at first."""
    if isinstance(start, When):
        stamp = f"{start.wall:%Y%m%d}" if start.is_day else f"{start.instant:%Y%m%dT%H%M%SZ}"
    else:
        stamp = f"{start:%Y%m%dT%H%M%SZ}"
    return SourceId(f"{feed_id(uid)}/{stamp}")


def published(one: Component, uid: str, zones: Zones) -> Published:
    """The event's values; raises OddEventError."""
    if one.all("EXRULE"):
        raise OddEventError("it has a rule of a kind that is no longer in use")
    first, last = extent(one, zones)
    rules = tuple(filter(None, (rule.value.strip() for rule in one.all("RRULE"))))
    more = tuple(each for rdate in one.all("RDATE") for each in whens(rdate, zones))
    periods = tuple(each for rdate in one.all("RDATE") for each in periods_of(rdate, zones))
    replaced = one.first("RECURRENCE-ID")
    replaces = replaced_start(replaced, first, zones) if replaced else None
    if replaces and replaces.is_day != first.is_day and first.is_day:
        replaces = When(datetime.combine(replaces.day(zones.floating), datetime.min.time()))
    kind = Kind.EXCEPTION if replaces else Kind.MASTER if rules or more else Kind.SINGLE
    return Published(
        uid=uid,
        event=source_event(one, uid, kind, first, last, replaces),
        first=first,
        last=last,
        rules=rules,
        holes=tuple(each for exdate in one.all("EXDATE") for each in whens(exdate, zones)),
        more=more,
        periods=periods,
        replaces=replaces,
        following=bool(replaced and replaced.params.get("RANGE", "").upper() == "THISANDFUTURE"),
        version=(whole_number(one.value("SEQUENCE")), one.value("LAST-MODIFIED") or one.value("DTSTAMP")),
    )


def periods_of(one: Property, zones: Zones) -> Iterator[tuple[When, When]]:
    """Start and end of the periods of an RDATE."""
    for part in one.value.split(","):
        begins, slash, ends = part.strip().partition("/")
        if slash:
            first = when(begins, one.params.get("TZID", ""), zones)
            lasts = ends.upper().lstrip("+").startswith("P")
            length = duration(ends) if lasts else timedelta()
            last = When(first.wall + length, first.zone, first.floating)
            yield first, last if lasts else when(ends, one.params.get("TZID", ""), zones)


def replaced_start(replaced: Property, first: When, zones: Zones) -> When:
    """The start that a changed occurrence had; of whole days the zone does not matter."""
    try:
        return when(replaced.value, replaced.params.get("TZID", ""), zones)
    except OddEventError:
        if first.is_day and (day := _DAY.match(replaced.value.strip())):
            return when(day[0], "", zones)
        raise


def extent(one: Component, zones: Zones) -> tuple[When, When]:
    """Start and end as given; without an end a day is a day long, and a moment has no length."""
    start, end = one.first("DTSTART"), one.first("DTEND")
    if start is None:
        raise OddEventError("it has no start")
    first = when(start.value, start.params.get("TZID", ""), zones)
    if end is not None:
        last = when(end.value, end.params.get("TZID", ""), zones)
    else:
        length = duration(one.value("DURATION")) if one.first("DURATION") else timedelta(days=first.is_day)
        last = When(first.wall + length, first.zone, first.floating)
    if is_whole_day(one, first, last) or first.is_day:
        return whole_days(first, last)
    if last.is_day:
        last = When(last.wall, first.zone, first.floating)
    if last.instant < first.instant and last.wall < first.wall:
        raise OddEventError("it ends before it starts")
    return first, last


def is_whole_day(one: Component, first: When, last: When) -> bool:
    """Whether midnights stand for days: Exchange marks such events."""
    marked = one.value("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"
    midnights = all(edge.wall.time() == datetime.min.time() for edge in (first, last))
    return marked and midnights and last.wall > first.wall


def whole_days(first: When, last: When) -> tuple[When, When]:
    """Days; of an empty one the service's own end is ignored."""
    start, end = (datetime.combine(edge.wall.date(), datetime.min.time()) for edge in (first, last))
    if end < start:
        raise OddEventError("it ends before it starts")
    return When(start), When(max(end, start + timedelta(days=1)))


def span_of(first: When, last: When) -> Span:
    """Days, or instants in UTC."""
    if first.is_day:
        return Span(first.wall.date(), last.wall.date())
    # A start in a gap can be moved past an end after it.
    end = last.instant if last.instant >= first.instant else first.instant + (last.wall - first.wall)
    return Span(first.instant, end)


def source_event(one: Component, uid: str, kind: Kind, first: When, last: When, replaces: When | None) -> SourceEvent:
    """The event in the words of the model."""
    html = next((p for p in one.all("X-ALT-DESC") if p.params.get("FMTTYPE", "").lower() == "text/html"), None)
    text = one.text("DESCRIPTION").strip()
    location, join_url = one.text("LOCATION"), next(filter(is_link, links_of(one)), "")
    join_url = join_url or first_join_link([one.text("URL")])
    return SourceEvent(
        id=occurrence_id(uid, replaces) if replaces else feed_id(uid),
        kind=kind,
        span=span_of(first, last),
        series_id=feed_id(uid) if replaces else None,
        ical_uid=uid,
        subject=one.text("SUMMARY"),
        body_type="html" if html or is_markup(text) else "text",
        body=one.text("X-ALT-DESC") if html else with_breaks(text) if is_markup(text) else text,
        location=location,
        start_zone=first.zone.name if first.zone else "",
        end_zone=last.zone.name if last.zone else "",
        show_as=shown_as(one),
        sensitivity=SENSITIVITIES.get(one.value("CLASS").upper(), "private"),
        reminder_minutes=reminder(one),
        is_cancelled=is_cancelled(one),
        original_start=replaces.instant if replaces else None,
        original_date=original_date(replaces),
        importance=importance(one),
        categories=categories(one),
        organizer=organizer(one),
        attendees=attendees(one),
        join_url=join_url,
        is_online=bool(join_url),
    )


def is_markup(text: str) -> bool:
    """Whether a description is HTML, as Google and others publish it."""
    return _MARKUP.search(text) is not None


def with_breaks(markup: str) -> str:
    """Markup whose lines stay lines, where it has no breaks of its own."""
    return markup if _BREAK.search(markup) else markup.replace("\n", "<br>")


def links_of(one: Component) -> Iterator[str]:
    """Addresses at which it may take place, the likeliest first; a CONFERENCE line may be a telephone number."""
    for name in JOIN:
        yield from (unescaped(found.value.strip()) for found in one.all(name))


def is_link(address: str) -> bool:
    """Whether it is an address of the web."""
    return address.lower().startswith(("https://", "http://"))


def is_cancelled(one: Component) -> bool:
    """Whether the organizer cancelled it.

    Outlook publishes such a meeting as confirmed: free, with the intended status that it had, and a title that begins
    with a word in the mailbox's language. An unanswered invitation may have the same status, but not the word.
    """
    if one.value("STATUS").upper() == "CANCELLED":
        return True
    free = one.value("X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE"
    intended = one.value("X-MICROSOFT-CDO-INTENDEDSTATUS").upper() not in ("", "FREE")
    word, colon, _ = one.text("SUMMARY").replace("\uff1a", ":").partition(":")
    return free and intended and bool(colon) and word.strip().casefold() in CANCELLED


def original_date(replaces: When | None) -> date | None:
    """The day of the occurrence that an exception changes."""
    return replaces.wall.date() if replaces else None


def shown_as(one: Component) -> str:
    """Outlook's own word where the feed has it; others only know free and busy."""
    if known := SHOWN_AS.get(one.value("X-MICROSOFT-CDO-BUSYSTATUS").upper()):
        return known
    if one.value("TRANSP").upper() == "TRANSPARENT":
        return "free"
    return "tentative" if one.value("STATUS").upper() == "TENTATIVE" else "busy"


def importance(one: Component) -> str:
    """How important it is; RFC 5545 counts from 1 (high) to 9, 0 being none."""
    if known := IMPORTANCES.get(one.value("X-MICROSOFT-CDO-IMPORTANCE")):
        return known
    priority = whole_number(one.value("PRIORITY"))
    return "high" if 1 <= priority <= 4 else "low" if 6 <= priority <= 9 else "normal"


def categories(one: Component) -> tuple[str, ...]:
    """The names of its categories."""
    # A comma within a name has a backslash before it.
    names = (name for found in one.all("CATEGORIES") for name in found.value.replace("\\,", "\0").split(","))
    return tuple(filter(None, (name.replace("\0", ",").replace("\\;", ";").strip() for name in names)))


def reminder(one: Component) -> int | None:
    """Minutes before the start at which the first alarm goes off; None without one."""
    found = []
    for alarm in one.alarms:
        trigger = alarm.first("TRIGGER")
        before_start = trigger is not None and trigger.params.get("RELATED", "START").upper() == "START"
        if trigger is None or not before_start or trigger.params.get("VALUE", "DURATION").upper() != "DURATION":
            continue
        try:
            found.append(round(-duration(trigger.value).total_seconds() / 60))
        except OddEventError:
            continue  # an event without its alarm is still the event
    return max(found) if found else None


def whole_number(text: str) -> int:
    """A number; 0 where it is missing, or too long to be one."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
