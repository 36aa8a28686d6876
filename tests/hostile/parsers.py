"""Everything that reads what others wrote, as targets to throw nonsense at.

A target has a strategy that makes examples and a check that raises for a wrong one. Examples are values that JSON can
hold, so that each that was ever a crash can be kept in `corpus/`; bytes are texts of as many characters.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from busy_feeds import few_calls, of_rules, of_zones
from hypothesis import strategies as st
from lies import LIES, Place, check_lie, known_places

from calmirror.cli.screen import clean as clean_line
from calmirror.config.load import load
from calmirror.config.patterns import pattern
from calmirror.errors import CalmirrorError, ConfigError, RetryableError, UserFixableError
from calmirror.google import client_file
from calmirror.google.batch import decode
from calmirror.google.refusals import error_for, refusal_of
from calmirror.google.sender import event_in
from calmirror.google.wire import is_sound, moments, private
from calmirror.google.writes import Write, write_call
from calmirror.http.client import origin
from calmirror.http.message import Answer
from calmirror.http.retry_after import retry_after
from calmirror.http.tokens import TOKEN, bearer
from calmirror.ics import proof
from calmirror.ics.contents import contents
from calmirror.ics.reach import Cursor, covered
from calmirror.ics.split import whole_feed
from calmirror.microsoft.batch import member_answer
from calmirror.microsoft.calendars import calendar_info
from calmirror.microsoft.collect import Collector
from calmirror.microsoft.delta import Page
from calmirror.microsoft.parse import UnreadableEventError, entry, event
from calmirror.microsoft.refusal import is_dead_cursor, is_no_item, refusal
from calmirror.mirror.remembered import Remembered
from calmirror.mirror.user_edits import edits_on, with_edits
from calmirror.model.characters import seen
from calmirror.model.ids import EventId
from calmirror.model.mirror import Verb
from calmirror.model.policy import Policy, Profile
from calmirror.model.source import Kind, Series, SourceEvent
from calmirror.model.times import Span, Window, as_instant
from calmirror.moving.assigned import NotPythonError, assigned
from calmirror.plan.identity import body_of, recognised
from calmirror.plan.note import split_note, with_note
from calmirror.schedule import job, record
from calmirror.tokens.loopback import matches, parameters
from calmirror.tokens.store import TokenFile
from calmirror.translate.event import desired_single
from calmirror.translate.html import describe
from calmirror.translate.joinlinks import addresses_in, clean, is_safe, service
from calmirror.translate.plain import LONGEST_LINE, one_line
from calmirror.translate.series import desired_series
from calmirror.translate.wrappings import unwrapped
from calmirror.translate.zones import iana, zone

NOW = datetime(2026, 3, 16, 10, tzinfo=UTC)
WINDOW = Window.around(NOW, past_days=20, future_days=60)
TAG = re.compile(r"<(/?)(\w+)([^>]*)>")
ALLOWED = {"b", "i", "u", "a", "br", "ul", "ol", "li"}
HREF = re.compile(r' href="(?:https?://|mailto:|tel:)[^"<>]*"')
UNSEEN = {"Cc", "Cs"}


@dataclass(frozen=True)
class Target:
    """One parser: what is thrown at it, and what has to be true of what comes out."""

    examples: st.SearchStrategy[Any]
    check: Callable[[Any], object]


# What is thrown

NASTY = (
    *(
        "",
        " ",
        "\0",
        "\x1b[31m",
        "\r\n",
        "\u202e",
        "\u2028",
        "\ud800",
        "\udfff",
        "\ufeff",
        "\u200b",
        "\U0001f468\u200d\U0001f469",
    ),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</a>",
        "<a href='javascript:alert(1)'>x</a>",
        "<!--",
    ),
    *(
        "{{7*7}}",
        "${x}",
        "{0.__class__}",
        "%s%n",
        "=1+1",
        "../../etc/passwd",
        "--- my notes ---",
        "::~:~::~:~:~::~",
        "9" * 5000,
    ),
    *(
        "&lt;b&gt;",
        "&#x202e;",
        "&#0;",
        "https://zoom.us/j/1",
        "https://a@b:c/",
        "https://[::1",
        "data:text/html,x",
        "0001-01-01",
    ),
    *(
        "9999-12-31T23:59:59.9999999",
        "2026-02-30",
        "2026-03-16T10:00:00+99:99",
        "Customized Time Zone",
        "tzone://Microsoft/Custom",
    ),
    *("\u0661\u0662", "²", "NaN", "1e400", "-0", "null", "x" * 3000),
)
words = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(), max_size=30), st.text("<>&;=-/\\\"' \n\tab:#!1", max_size=40)
)
texts = st.lists(words, max_size=8).map("".join)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), texts
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
NAMES = (
    "b",
    "i",
    "u",
    "a",
    "p",
    "div",
    "span",
    "table",
    "tr",
    "td",
    "ul",
    "ol",
    "li",
    "pre",
    "hr",
    "br",
    "script",
    "style",
    "svg",
)
names = st.sampled_from(NAMES)
hrefs = st.sampled_from(
    ["", ' href="https://zoom.us/j/1"', ' href="javascript:x"', " href='https://e.example/?a=b&c'", " style=x"]
)
tags = st.builds("<{}{}{}>".format, st.sampled_from(["", "/"]), names, hrefs)
repeats = st.tuples(st.one_of(tags, st.text(" \n<>&-_:/=[]()", min_size=1, max_size=4)), st.integers(1, 3000))
markup = st.one_of(
    st.lists(st.one_of(tags, words), max_size=40).map("".join),
    repeats.map(lambda repeat: repeat[0] * repeat[1]),  # what a careless search would go through again and again
)


def near(honest: Any) -> st.SearchStrategy[Any]:
    """The honest value with up to three of its values replaced by anything, or left out."""
    ways = list(ways_in(honest))
    change = st.tuples(st.sampled_from(ways), st.one_of(anything, st.just(...)))
    return st.lists(change, max_size=3).map(lambda changes: changed(honest, changes))


def ways_in(value: Any, way: tuple[str | int, ...] = ()) -> Any:
    """The way to every value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from ways_in(one, (*way, key))
    if way:
        yield way


def changed(honest: Any, changes: list[tuple[Any, Any]]) -> Any:
    """A copy in which these values are replaced."""
    value = json.loads(json.dumps(honest))
    for way, new in changes:
        inner = value
        with suppress(LookupError, TypeError):
            for step in way[:-1]:
                inner = inner[step]
            if new is ...:
                del inner[way[-1]]
            elif isinstance(inner, dict | list):
                inner[way[-1]] = new
    return value


def torn(honest: str) -> st.SearchStrategy[str]:
    """The honest text cut, with nonsense put in, its lines doubled or left out."""
    lines = honest.splitlines(keepends=True)
    cut = st.tuples(st.integers(0, len(honest)), st.integers(0, 30), texts).map(
        lambda at: honest[: at[0]] + at[2] + honest[at[0] + at[1] :]
    )
    mixed = st.lists(st.one_of(st.sampled_from(lines), words), max_size=30).map("".join)
    return st.one_of(cut, mixed, cut.map(lambda text: text[: len(text) // 2]))


def bytes_of(text: str) -> bytes:
    """An example that stands for bytes."""
    return text.encode("utf-8", "surrogatepass")


# What is honest

TIMES = {
    "start": {"dateTime": "2026-03-17T09:00:00.0000000", "timeZone": "UTC"},
    "end": {"dateTime": "2026-03-17T10:00:00.0000000", "timeZone": "UTC"},
}
PERSON = {"emailAddress": {"name": "Lee", "address": "lee@contoso.example"}}
GRAPH_EVENT: dict[str, Any] = {
    "id": "AAMk1",
    "type": "singleInstance",
    "changeKey": "k1",
    "iCalUId": "040000",
    "subject": "Board",
    "body": {"contentType": "html", "content": "<p>Text</p>"},
    "location": {"displayName": "Room", "address": {"street": "Street 1"}},
    "locations": [{"displayName": "Room", "address": {"city": "Town"}}],
    "isAllDay": False,
    "originalStartTimeZone": "W. Europe Standard Time",
    "originalEndTimeZone": "W. Europe Standard Time",
    "showAs": "busy",
    "sensitivity": "normal",
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "webLink": "https://outlook.office365.com/owa/?itemid=1",
    "isCancelled": False,
    "importance": "normal",
    "categories": ["Red category"],
    "organizer": PERSON,
    "attendees": [{"type": "required", "status": {"response": "none"}, **PERSON}],
    "responseStatus": {"response": "organizer"},
    "isOrganizer": True,
    "onlineMeeting": {"joinUrl": "https://teams.microsoft.com/l/meetup-join/1"},
    "hasAttachments": False,
    **TIMES,
}
PATTERN = {
    "type": "weekly",
    "interval": 1,
    "month": 0,
    "dayOfMonth": 0,
    "daysOfWeek": ["tuesday"],
    "firstDayOfWeek": "sunday",
    "index": "first",
}
RANGE = {
    "type": "noEnd",
    "startDate": "2026-03-17",
    "endDate": "0001-01-01",
    "recurrenceTimeZone": "W. Europe Standard Time",
    "numberOfOccurrences": 0,
}
MASTER = GRAPH_EVENT | {"type": "seriesMaster", "recurrence": {"pattern": PATTERN, "range": RANGE}}
OCCURRENCE = {"id": "AAMk2", "type": "occurrence", "seriesMasterId": "AAMk1", **TIMES}
EXCEPTION = GRAPH_EVENT | {
    "id": "AAMk3",
    "type": "exception",
    "seriesMasterId": "AAMk1",
    "originalStart": "2026-03-17T08:00:00Z",
    "occurrenceId": "OID.AAMk1.2026-03-17",
}
TOMBSTONE = {"id": "AAMk4", "@removed": {"reason": "deleted"}}
PAGE = {
    "value": [GRAPH_EVENT, MASTER, OCCURRENCE, EXCEPTION, TOMBSTONE],
    "@odata.deltaLink": "https://graph.sandbox/x?$deltatoken=1",
}
ERROR = {
    "error": {"code": "ErrorItemNotFound", "message": "Not found.", "innerError": {"code": "x", "request-id": "r"}}
}
GOOGLE_ERROR = {
    "error": {
        "code": 403,
        "message": "Rate Limit Exceeded",
        "status": "PERMISSION_DENIED",
        "errors": [{"domain": "usageLimits", "reason": "rateLimitExceeded", "message": "x"}],
        "details": [{"@type": "x", "reason": "RATE_LIMIT_EXCEEDED"}],
    }
}
GOOGLE_EVENT = {
    "kind": "calendar#event",
    "etag": '"1"',
    "id": "a" * 40,
    "status": "confirmed",
    "summary": "Board",
    "description": "Text<br>--- my notes ---<br>cake",
    "colorId": "3",
    "start": {"dateTime": "2026-03-17T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-03-17T11:00:00+01:00", "timeZone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=DAILY"],
    "sequence": 1,
    "extendedProperties": {
        "private": {
            "calmirror": "work",
            "calmirrorSource": "AAMk1",
            "calmirrorGeneration": "0",
            "calmirrorTouch": "reminders",
        }
    },
    "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
}
MULTIPART = (
    "--b\r\nContent-Type: application/http\r\nContent-ID: <response-calmirror-0>\r\n\r\nHTTP/1.1 200 OK\r\n"
    'Content-Type: application/json\r\n\r\n{"id": "a"}\r\n--b--\r\n'
)
TOML = (
    '[state]\nurl = "sqlite:///state.db"\n[microsoft]\nclient_id = "x"\ntenant = "common"\n[google]\n'
    'credentials = "c.json"\n[[mirror]]\nname = "work"\nsource = "Calendar"\ndestination = "Outlook"\npast_days = 4\n'
    'timezone = "Europe/Berlin"\n[[mirror.rule]]\nif = { title = "x.*" }\nshow = "busy"\n[notify]\nurl = "https://e.example/"\n'
)
ICS = "\r\n".join(
    (
        "BEGIN:VCALENDAR",
        "X-WR-TIMEZONE:Custom",
        "BEGIN:VTIMEZONE",
        "TZID:Custom",
        *("BEGIN:STANDARD", "DTSTART:16011028T030000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
        *("TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:1"),
        *('DTSTART;TZID="Custom":20260317T090000', "DTEND;TZID=Custom:20260317T100000", "DTSTAMP:20260101T000000Z"),
        *(
            "RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=TU",
            "EXDATE;TZID=Custom:20260324T090000",
            "SUMMARY:Board\\, x",
            "PRIORITY:5",
        ),
        *(
            "SEQUENCE:1",
            "CATEGORIES:a,b",
            "ORGANIZER;CN=Lee:mailto:lee@contoso.example",
            "X-ALT-DESC;FMTTYPE=text/html:<p>x",
        ),
        *("BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "DURATION:PT1H"),
        *("RECURRENCE-ID;TZID=Custom:20260331T090000", "DTSTART:20260401T090000Z", "STATUS:CANCELLED", "END:VEVENT"),
        *("BEGIN:VEVENT", "UID:2", "DTSTART;VALUE=DATE:20260318", "RDATE;VALUE=DATE:20260320,20260321", "END:VEVENT"),
        "END:VCALENDAR",
        "",
    )
)
SCRIPT = (
    'import os\nfrom pathlib import Path\noutlook_client_id = "x"\nprevious_days = 4 * 7\n'
    'google_token_path = Path(__file__).parent / "token"\nx = os.environ["HOME"]\ny = f"{previous_days}a"\nz = -1\n'
)
TOKENS = {
    "version": 1,
    "sign_ins": {
        "Microsoft": {
            "made_for": "x",
            "access_token": "a",
            "expires_at": 1.0,
            "signed_in_at": 1.0,
            "refreshed_at": 1.0,
            "scopes": ["a"],
        }
    },
}
CLIENT = {
    "installed": {
        "client_id": "x",
        "client_secret": "y",
        "auth_uri": "https://a.example",
        "token_uri": "https://b.example",
    }
}
JOB = {"config": "/c", "every": 5, "offset": 1, "using": "cron", "environment": {"A": "b"}, "log": None, "python": "/p"}


# What has to be true


def check_body(body: str) -> None:
    """Nothing dangerous, nothing too long, nothing unseen; and what is described again stays as it is."""
    for link in ("", "https://zoom.us/j/1"):
        made = describe(body, "html", join_link=link)
        assert len(made) <= 8192
        harmless(made)
    made = describe(body, "html")
    # Endless text after "data:" is a picture, which goes also where only the first pass made it one.
    assert describe(made, "html") == made or "data:" in made, "it is not canonical"
    harmless(describe(body, "text", limit=300))


def harmless(html: str) -> None:
    """Only the few tags that Google shows, links to safe places, no control characters."""
    for closing, name, more in TAG.findall(html):
        assert name in ALLOWED, name
        assert not more or (name == "a" and not closing and HREF.fullmatch(more)), more
    assert "<" not in TAG.sub("", html), html
    assert not any(unicodedata.category(c) in UNSEEN and c not in "\n\t" for c in html)


def check_line(text: str) -> None:
    """One line, short, and nothing that a terminal or a reader is misled by."""
    for made in (one_line(text), clean_line(text)):
        assert len(made.splitlines()) <= 1
        assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in made)
        assert made == seen(made, "title")
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", made)
    assert len(one_line(text)) <= LONGEST_LINE
    assert one_line(one_line(text)) == one_line(text)


def check_links(text: str) -> None:
    """What is called safe is https, without a user's name, and on one line."""
    for address in [*addresses_in(text), text]:
        made = clean(address)
        if service(made) or is_safe(made):
            assert made.startswith("https://") or made.lower().startswith("https://")
            assert origin(made)
            assert "@" not in re.split("[/?#]", made)[2]
        unwrapped(address)
        iana(address)
    zone(text[:100])


def check_note(text: str) -> None:
    """What is put together comes apart again."""
    own, note = split_note(text)
    assert own in text
    assert note in text
    assert split_note(with_note(own.rstrip(), note))[1] == note or not note


def check_event(raw: Any) -> None:
    """It is understood or named; what is understood becomes something that Google can be sent, or is left out."""
    with suppress(UnreadableEventError):
        found = entry(raw)
        if isinstance(found, SourceEvent):
            for profile in Profile:
                sendable(translated(found, Policy(profile=profile)))
    with suppress(UnreadableEventError):
        event(raw)


def translated(found: SourceEvent, policy: Policy) -> Any:
    """What is desired for it, for a series without a list of its occurrences; None where it cannot be written."""
    with suppress(ValueError, OverflowError):  # by which a run leaves an event out
        if found.kind is not Kind.MASTER:
            return desired_single(found, policy)
        whole = Series(master=found, cancelled=(), listed_window=WINDOW, listed_complete=True)
        return desired_series(whole, window=WINDOW, since=NOW, policy=policy)
    return None


def sendable(desired: Any) -> None:
    """Google could be sent each part: no attendees, plain JSON, text without halves of characters, sensible times."""
    for part in desired.parts if desired else ():
        call = write_call("calendar", Write(verb=Verb.INSERT, event_id=EventId("a" * 40), body=part.body))
        body = json.loads(call.body)
        json.dumps(body, ensure_ascii=False).encode()
        assert "attendees" not in body
        harmless(body.get("description", ""))
        check_line(body.get("summary", ""))
        assert body.get("summary", "") == one_line(body.get("summary", ""))
        assert len(body.get("description", "")) <= 8192
        span = moments(body)
        assert span.end > span.start


def check_page(text: str) -> None:
    """A page of a round, however it is torn: a page, or an answer that makes no sense."""
    with suppress(ValueError, RecursionError, RetryableError):
        page = Page.read(bytes_of(text))
        assert isinstance(page.fingerprint, int)
        collected = Collector()
        collected.add(page.entries)
        collected.finished(full=True, window=WINDOW, cursor=page.delta_link)


def check_graph_answer(raw: Any) -> None:
    """A refusal, a member of a batch, or a calendar."""
    answer = Answer(404, {}, json.dumps(raw).encode())
    for status in (400, 403, 404, 410, 418):
        printable(refusal(Answer(status, {}, answer.body)))
    is_dead_cursor(answer)
    is_no_item(answer)
    if isinstance(raw, dict):
        member_answer(raw).json()
        with suppress(RetryableError):
            calendar_info(raw)


def printable(error: CalmirrorError) -> None:
    """What happened is one line of printable characters, not a novel."""
    assert error.what.isprintable(), error.what
    assert len(error.what) < 500


def check_google_event(raw: Any) -> None:
    """Ours, or not; its time, or none."""
    if not is_sound(raw):
        return
    moments(raw)
    private(raw)
    if link := recognised(raw, "work"):
        with_edits(link.sent or {}, edits_on(link.sent, raw))
    edits_on(None, raw)
    edits_on({}, raw)
    body_of(raw)


def check_google_answer(raw: Any) -> None:
    """A refusal of any shape."""
    for status in (400, 403, 404, 409, 410, 412, 429, 500):
        said = refusal_of(Answer(status, {}, json.dumps(raw).encode()))
        assert said is not None
        assert said.final in (True, False)
        printable(error_for(said))
    event_in(Answer(200, {}, json.dumps(raw).encode()))


def check_batch(text: str) -> None:
    """Parts that can be read, under their numbers."""
    for kind in ("multipart/mixed; boundary=b", 'multipart/mixed; boundary="b"', text[:60]):
        for number, answer in (decode(Answer(200, {"content-type": kind}, bytes_of(text))) or {}).items():
            assert number >= 0
            refusal_of(answer)


def check_headers(text: str) -> None:
    """How long to wait, and where to."""
    assert retry_after(Answer(429, {"retry-after": text}), 1e9) >= 0
    origin(text)
    token = bearer(text)
    assert not TOKEN.fullmatch(token) or token.isascii()
    # A browser's request reaches us as characters of one byte.
    with suppress(ValueError):  # too many parameters are answered as a bad request
        matches(parameters(bytes_of(text).decode("latin-1")), "state")


@cache
def folder() -> Path:
    """A folder for the files of examples."""
    return Path(mkdtemp(prefix="calmirror-fuzz-"))


def written(name: str, text: str) -> Path:
    """A file with the example in it, that only its owner can read."""
    path = folder() / name
    path.write_bytes(bytes_of(text))
    path.chmod(0o600)
    return path


def check_config(text: str) -> None:
    """Settings, or all that is wrong, on lines that nobody can forge."""
    problems = ["a problem"]
    try:
        load(written("calmirror.toml", text), {"HOME": "/home/x"})
    except ConfigError as error:
        problems = error.problems
    assert problems
    assert all(problem.isprintable() for problem in problems), problems


def check_pattern(text: str) -> None:
    """A regular expression that is quick, or is refused."""
    with suppress(ValueError):
        pattern(text).search("aaaa 1111 ---- <<<<" * 50)


def check_feed(text: str) -> None:
    """A whole feed or none; each event of it understood or named; and proved, all within so many calls."""
    with few_calls(), suppress(RetryableError):
        found = contents(whole_feed(bytes_of(text)), WINDOW, 2026)
        for one in found.singles.values():
            sendable(translated(one, Policy()))
        for series in found.series.values():
            read, apart = series.read(WINDOW)
            for one in apart:
                sendable(translated(one, Policy()))
            sendable(translated_feed(read))
            proof.starts(series, *series.stretch(WINDOW))


def translated_feed(series: Series) -> Any:
    """As `translated`, of a series with all that a feed lists."""
    with suppress(ValueError, OverflowError):
        return desired_series(series, window=WINDOW, since=NOW, policy=Policy())
    return None


def check_script(text: str) -> None:
    """The set-up of the earlier script, of which nothing is run."""
    with suppress(NotPythonError):
        assigned(text, Path("/nowhere/config.py"))


def check_files(text: str) -> None:
    """Files beside the configuration that somebody else wrote."""
    with suppress(UserFixableError):
        TokenFile(written("tokens.json", text)).find("Microsoft")
    with suppress(UserFixableError):
        client_file.read(written("client.json", text))
    with suppress(UserFixableError):
        job.read(written("job.json", text))
    written("job.last", text)
    record.last_run(folder() / "job.json")
    remembered = Remembered(written("calendars.json", text))
    assert isinstance(remembered.find("work", "Outlook"), str)
    cursor = Cursor.read(text)
    window = cursor.covering(covered([Span(NOW, NOW + timedelta(1))], NOW.timestamp())).covers
    assert window.start <= window.end
    assert as_instant(NOW) == NOW


def check_answers(lie: Any) -> None:
    """Two services of which one says one thing of another type than it is."""
    place, name = lie
    check_lie(Place(place[0], place[1], tuple(place[2])), name)


KEPT_FILES = st.sampled_from([TOKENS, CLIENT, JOB, {"work -> Outlook": "id"}, {"etag": "x", "back": 1.0, "ahead": 1.0}])
TARGETS: dict[str, Target] = {
    "body": Target(markup, check_body),
    "line": Target(texts, check_line),
    "links": Target(
        st.one_of(
            texts, torn("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fzoom.us%2Fj%2F1&data=1")
        ),
        check_links,
    ),
    "note": Target(markup, check_note),
    "event": Target(st.one_of(near(GRAPH_EVENT), near(EXCEPTION), near(OCCURRENCE)), check_event),
    "series": Target(near(MASTER), check_event),
    "page": Target(st.one_of(torn(json.dumps(PAGE)), near(PAGE).map(json.dumps)), check_page),
    "graph-answer": Target(
        st.one_of(near(ERROR), anything, near({"id": "1", "status": 200, "headers": {"a": "b"}, "body": ERROR})),
        check_graph_answer,
    ),
    "google-event": Target(near(GOOGLE_EVENT), check_google_event),
    "google-answer": Target(st.one_of(near(GOOGLE_ERROR), anything), check_google_answer),
    "google-batch": Target(torn(MULTIPART), check_batch),
    "headers": Target(
        st.one_of(texts, torn("Wed, 21 Oct 2026 07:28:00 GMT"), torn("code=1&state=state")), check_headers
    ),
    "config": Target(torn(TOML), check_config),
    "pattern": Target(st.text("ab.*+?|()[]{}1,9\\^$<=!:P#wsb", max_size=30), check_pattern),
    "feed": Target(torn(ICS), check_feed),
    "rules": Target(of_rules, check_feed),
    "zones": Target(of_zones, check_feed),
    "script": Target(torn(SCRIPT), check_script),
    "answers": Target(
        st.deferred(lambda: st.tuples(st.sampled_from(known_places()), st.sampled_from(sorted(LIES)))), check_answers
    ),
    "files": Target(
        KEPT_FILES.flatmap(lambda kept: st.one_of(near(kept).map(json.dumps), torn(json.dumps(kept)))), check_files
    ),
}
