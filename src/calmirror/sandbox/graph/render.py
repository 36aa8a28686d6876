"""Instances as the JSON that Graph sends: members, defaults, times in the preferred zone."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from calmirror.sandbox.graph.ids import ical_uid
from calmirror.sandbox.graph.items import Instance, Item
from calmirror.sandbox.graph.mailbox import Mailbox
from calmirror.sandbox.graph.query import UTC_ZONE, Prefer
from calmirror.sandbox.graph.records import Calendar
from calmirror.sandbox.graph.recurrence import wire_recurrence
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.graph.zones import wall_clock, windows_name, wire_stamp, wire_time

Event = dict[str, Any]
EVENT_TYPE = "#microsoft.graph.event"
NEVER = "0001-01-01T00:00:00Z"
CALENDAR_CLASS = "0006f0b7-0000-0000-c000-000000000046"
"""`classId` of calendar groups and `groupClassId` of calendars."""
_STUB_ETAG = bytes.fromhex("0f00000016000000")
_NO_LOCATION = {
    "displayName": "",
    "locationType": "default",
    "uniqueIdType": "unknown",
    "address": {},
    "coordinates": {},
}
_DELTA_EXTRAS = {
    "IsRoomRequested": False,
    "AutoRoomBookingStatus": "None",
    "AutoRoomBookingOptions": None,
}


class Renderer:
    """Renders for one request: one mailbox, one set of preferences."""

    def __init__(self, mailbox: Mailbox, prefer: Prefer, switches: GraphSwitches) -> None:
        self._mailbox = mailbox
        self._prefer = prefer
        self._switches = switches

    def id(self, shown: Instance) -> str:
        """The instance's id, of the preferred kind."""
        return self._mailbox.id_of(shown.item, shown.original, immutable=self._prefer.immutable)

    def stub(self, shown: Instance) -> Event:
        """What delta says of an occurrence: seven members and not one more."""
        mark = _STUB_ETAG + base64.b64decode(shown.item.change_key)
        zone, name = self._stub_zone(shown)
        return {
            "@odata.type": EVENT_TYPE,
            "@odata.etag": f'W/"{base64.b64encode(mark).decode()}"',
            "id": self.id(shown),
            "seriesMasterId": self._series_id(shown.item),
            "type": "occurrence",
            "start": _time(shown.start, shown.first, shown, zone, name),
            "end": _time(shown.end, shown.last, shown, zone, name),
        }

    def delta_entry(self, shown: Instance) -> Event:
        """What delta says of a single, a master or an exception."""
        event = {"@odata.type": EVENT_TYPE, **self.event(shown)}
        if self._switches.delta_extras:
            event |= {**_DELTA_EXTRAS, "OccurrenceId": event["occurrenceId"]}
        return event

    def event(self, shown: Instance) -> Event:
        """Every member of an event as a plain read gives it."""
        item, fields = shown.item, shown.fields
        stamped = item.overrides.get(shown.original, item) if shown.original else item
        event: Event = {
            "@odata.etag": f'W/"{item.change_key}"',
            "id": self.id(shown),
            "createdDateTime": wire_stamp(stamped.created),
            "lastModifiedDateTime": wire_stamp(stamped.modified),
            "changeKey": item.change_key,
            "categories": [],
            "transactionId": None,
            "originalStartTimeZone": item.schedule.start_name,
            "originalEndTimeZone": item.schedule.end_name,
            "iCalUId": ical_uid(item.ical_seed, shown.original),
            "uid": ical_uid(item.ical_seed, None),
            "reminderMinutesBeforeStart": 1080 if shown.all_day else 15,
            "isReminderOn": True,
            "hasAttachments": False,
            "subject": "",
            "bodyPreview": "",
            "importance": "normal",
            "sensitivity": "normal",
            "isAllDay": shown.all_day,
            "isCancelled": False,
            "isOrganizer": True,
            "responseRequested": True,
            "seriesMasterId": None if shown.original is None else self._series_id(item),
            "showAs": "busy",
            "type": shown.kind,
            "webLink": self._web_link(shown),
            "onlineMeetingUrl": None,
            "isOnlineMeeting": False,
            "onlineMeetingProvider": "unknown",
            "allowNewTimeProposals": True,
            "occurrenceId": self._occurrence_mark(shown),
            "isDraft": False,
            "hideAttendees": False,
            "responseStatus": {"response": "organizer", "time": NEVER},
            "body": {"contentType": "html", "content": ""},
            "start": _time(shown.start, shown.first, shown, self._prefer.zone, self._prefer.zone_name),
            "end": _time(shown.end, shown.last, shown, self._prefer.zone, self._prefer.zone_name),
            "location": dict(_NO_LOCATION),
            "locations": [],
            "recurrence": self._recurrence(shown),
            "attendees": [],
            "organizer": {"emailAddress": self._owner()},
            "onlineMeeting": None,
        }
        if shown.original is not None and self._switches.original_start == "always":
            event["originalStart"] = self.original_start(shown)
        event |= {name: value for name, value in fields.items() if name != "attachments"}
        event["hasAttachments"] = bool(fields.get("attachments")) or event["hasAttachments"]
        return self._completed(event, fields)

    def original_start(self, shown: Instance) -> str | None:
        """Where an occurrence or exception would start had nobody moved it, as `$select` gives it; else None."""
        if shown.original is None or self._switches.original_start == "null":
            return None
        moment = self._mailbox.expander.original_start(shown.item, shown.original)
        if self._prefer.zone_name == "UTC":
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return moment.astimezone(self._prefer.zone).isoformat(timespec="seconds")

    def cancelled_occurrences(self, item: Item) -> list[str]:
        """The deleted occurrences of a series."""
        return [self._mark(item, day) for day in sorted(item.cancelled)]

    def calendar(self, calendar: Calendar, calendar_id: str = "") -> Event:
        """A calendar as its list shows it."""
        provider = "unknown" if self._switches.consumer_ids else "teamsForBusiness"
        return {
            "id": calendar_id or calendar.id,
            "name": calendar.name,
            "color": "auto",
            "hexColor": "",
            "isDefaultCalendar": calendar.is_default and not calendar_id,
            "changeKey": calendar.change_key,
            "canShare": True,
            "canViewPrivateItems": True,
            "canEdit": True,
            "allowedOnlineMeetingProviders": [provider],
            "defaultOnlineMeetingProvider": provider,
            "isTallyingResponses": calendar.is_default,
            "isRemovable": not calendar.is_default,
            "owner": self._owner(),
            **({"groupClassId": CALENDAR_CLASS} if self._switches.calendar_class else {}),
            **calendar.fields,
        }

    def _owner(self) -> Event:
        return {"name": self._mailbox.address.partition("@")[0], "address": self._mailbox.address}

    def _series_id(self, item: Item) -> str:
        return self._mailbox.id_of(item, None, immutable=self._prefer.immutable)

    def _occurrence_mark(self, shown: Instance) -> str | None:
        return self._mark(shown.item, shown.original) if shown.original else None

    def _mark(self, item: Item, original: date) -> str:
        """The occurrence's name by its series and its original date, in the zone that the switches say."""
        schedule, wanted = item.schedule, self._switches.occurrence_date
        day = original
        if wanted != "recurrence" and (wanted == "utc" or not schedule.all_day):
            moment = self._mailbox.expander.original_start(item, original)
            day = wall_clock(moment, UTC_ZONE if wanted == "utc" else schedule.rules[schedule.start_name]).date()
        return f"OID.{self._series_id(item)}.{day.isoformat()}"

    def _stub_zone(self, shown: Instance) -> tuple[ZoneInfo, str]:
        """The zone of a stub's times, and the name that it goes by."""
        if self._switches.stub_zone == "author":
            schedule = shown.item.schedule
            return schedule.rules[schedule.start_name], windows_name(schedule.start_name)
        name = self._prefer.zone_name
        return self._prefer.zone, name if self._switches.stub_zone == "asked" else windows_name(name)

    def _recurrence(self, shown: Instance) -> Event | None:
        rule = shown.item.schedule.rule
        if rule is None or shown.original is not None:
            return None
        first = shown.first.date() if self._switches.range_start == "first" else rule.start
        schedule, filler = shown.item.schedule, self._switches.no_end_date
        return wire_recurrence(schedule.posted["recurrence"], first, schedule.rule_name, no_end_date=filler)

    def _web_link(self, shown: Instance) -> str:
        host = "outlook.live.com" if self._switches.consumer_ids else "outlook.office365.com"
        item_id = quote(self.id(shown).replace("-", "/").replace("_", "+"), safe="")
        return f"https://{host}/owa/?itemid={item_id}&exvsurl=1&path=/calendar/item"

    def _completed(self, event: Event, fields: Mapping[str, Any]) -> Event:
        """Members that follow from others: preview, locations, a text body."""
        body = fields.get("body")
        if isinstance(body, Mapping):
            plain = str(body.get("contentType", "html")).lower() == "text"
            content = str(body.get("content") or "")
            event.setdefault("bodyPreview", "")
            event["bodyPreview"] = fields.get("bodyPreview", (content if plain else text_of(content))[:255])
            if self._prefer.text_bodies:
                event["body"] = {"contentType": "text", "content": content if plain else text_of(content)}
            else:
                event["body"] = {"contentType": "html", "content": _document(content, plain=plain)}
        location = fields.get("location")
        if isinstance(location, Mapping) and location.get("displayName"):
            name = location["displayName"]
            event["location"] = {"locationType": "default", "uniqueId": name, "uniqueIdType": "private", **location}
            if "locations" not in fields:
                event["locations"] = [event["location"]]
        elif isinstance(location, Mapping):
            event["location"] = {**_NO_LOCATION, **location}
        event["attendees"] = [self._attendee(a) for a in fields.get("attendees") or ()]
        return event

    def _attendee(self, posted: Mapping[str, Any]) -> Event:
        return {"type": "required", "status": {"response": "none", "time": NEVER}, **posted}


def _time(moment: datetime, stored: datetime, shown: Instance, zone: ZoneInfo, name: str) -> Event:
    """A time in a zone; all-day events show their stored midnight in whatever zone that is."""
    wall = stored if shown.all_day else wall_clock(moment, zone)
    return {"dateTime": wire_time(wall), "timeZone": name}


def text_of(content: str) -> str:
    """HTML as text, roughly as the service does it: links keep their address in angle brackets."""
    content = re.sub(r"(?is)<(head|style|script)\b.*?</\1>", "", content)
    content = re.sub(r'(?is)<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', r"\2&lt;\1&gt;", content)
    content = re.sub(r"(?i)<(br|/p|/div|/tr|/li)\b[^>]*>", "\r\n", content)
    return html.unescape(re.sub(r"<[^>]*>", "", content)).strip()


def _document(content: str, *, plain: bool) -> str:
    """What Exchange makes of a body: always a whole HTML document."""
    if re.search(r"(?i)<html\b", content) or not content:
        return content
    if plain:
        content = html.escape(content, quote=False).replace("\n", "<br>\r\n")
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    return f"<html>\r\n<head>\r\n{meta}\r\n</head>\r\n<body>\r\n{content}\r\n</body>\r\n</html>\r\n"
