"""A stand-in of Graph with one person's mailbox, and short ways to ask it."""

from datetime import UTC, datetime

from calmirror.http.message import Request
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.service import SandboxClock

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
JANUARY = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-02-01T00:00:00Z"
BERLIN = "W. Europe Standard Time"
PACIFIC = "Pacific Standard Time"


class Bench:
    """One service whose clock stands still, with a token that may read."""

    def __init__(self, *scopes, mailbox_zone=BERLIN, **switches):
        self.clock = SandboxClock(frozen_at=NEW_YEAR)
        self.switches = GraphSwitches(**switches)
        self.service = GraphService(self.clock, switches=self.switches, time_zone=mailbox_zone)
        self.service.grant("token", scopes or ("Calendars.Read", "MailboxSettings.Read"))
        self.mailbox = self.service.mailbox

    def send(self, path, *, method="GET", body=b"", token="token", **headers):
        url = path if path.startswith("http") else self.service.base_url + path
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.service.answer(Request(method, url, {"authorization": f"Bearer {token}", **sent}, body))

    def read(self, path, **headers):
        answer = self.send(path, **headers)
        assert answer.status == 200, answer.body
        return answer.json()

    def refusal(self, path, **headers):
        """Status and code of an error."""
        answer = self.send(path, **headers)
        return answer.status, answer.json()["error"]["code"]

    def pages(self, path, **headers):
        """All pages from an address on."""
        found = [self.read(path, **headers)]
        while "@odata.nextLink" in found[-1]:
            found.append(self.read(found[-1]["@odata.nextLink"], **headers))
        return found

    def round(self, path=f"/me/calendarView/delta?{JANUARY}", **headers):
        """The entries of a whole round, and the delta link after it."""
        pages = self.pages(path, **headers)
        return [entry for page in pages for entry in page["value"]], pages[-1]["@odata.deltaLink"]


def times(start, hours=1.0, zone=BERLIN, **more):
    """Start and end members; `hours` on the wall clock."""
    begin = datetime.fromisoformat(start)
    end = datetime.fromtimestamp(begin.replace(tzinfo=UTC).timestamp() + hours * 3600, UTC).replace(tzinfo=None)
    return {
        "start": {"dateTime": begin.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
        **more,
    }


def weekly(start, *days, zone=BERLIN, hours=1.0, interval=1, range_=None, **more):
    """A weekly series."""
    pattern = {"type": "weekly", "interval": interval, "daysOfWeek": list(days)}
    limits = {"startDate": start[:10], "type": "noEnd", **(range_ or {})}
    return times(start, hours, zone, recurrence={"pattern": pattern, "range": limits}, **more)


def daily(start, count, zone=BERLIN, hours=1.0, **more):
    """A daily series of so many occurrences."""
    pattern = {"type": "daily", "interval": 1}
    limits = {"startDate": start[:10], "type": "numbered", "numberOfOccurrences": count}
    return times(start, hours, zone, recurrence={"pattern": pattern, "range": limits}, **more)


def brief(entries):
    """Entries in one word each and, for what has one, the start (UTC)."""
    return [
        "removed" if "@removed" in entry else f"{entry['type']} {entry['start']['dateTime'][:16]}" for entry in entries
    ]
