"""What Google's error answers mean: two envelopes read into one value, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calmirror.errors import CalmirrorError, RetryableError, UserFixableError
from calmirror.http.client import RESUMED

if TYPE_CHECKING:
    from calmirror.http.message import Answer

RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"})
SCOPE = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
NO_ACCOUNT = frozenset({"notACalendarUser"})
CONFLICT = frozenset({"conflict", "ABORTED"})
STOPS = SCOPE | QUOTA | SWITCHED_OFF | NO_ACCOUNT

LONGEST_REASON = 80
"""Characters of a reason that are shown."""
UNAVAILABLE = frozenset({408, 500, 502, 503, 504})
STALE_SEQUENCE = "Invalid sequence value."
HARMLESS_TEXTS = (
    "Missing start time.",
    "Missing end time.",
    "Missing time zone definition for ",
    "Invalid time zone definition for ",
    "Invalid resource id value.",
    "Invalid recurrence rule.",
    STALE_SEQUENCE,
    "The specified time range is empty.",
    "The requested identifier already exists.",
    "Resource has been deleted",
    "Precondition Failed",
    "Not Found",
    "Forbidden",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Google refused one request; `reason` is "" where the answer is not Google's own error document."""

    status: int
    reason: str = ""
    message: str = ""

    @property
    def throttled(self) -> bool:
        """Whether it means "slower": a 429, or the 403 by which Google says the same."""
        return self.status == 429 or self.reason in RATE

    @property
    def final(self) -> bool:
        """Whether it settles this one request: repeating would not help, and others are not concerned.

        A refusal without a reason comes from something between Google and us, and settles nothing.
        """
        passing = self.throttled or self.status == 401 or self.status in UNAVAILABLE or self.reason in CONFLICT
        return bool(self.reason) and not passing and self.reason not in STOPS

    @property
    def label(self) -> str:
        """The reason, with Google's text where that is one known to repeat nothing of an event."""
        known = next((text for text in HARMLESS_TEXTS if self.message.startswith(text)), "")
        reason = "".join(character for character in self.reason[:LONGEST_REASON] if character.isprintable())
        return ": ".join(part for part in (reason or str(self.status), known.strip()) if part)


def refusal_of(answer: Answer) -> Refusal | None:
    """The refusal that an answer holds; None for a success."""
    if 200 <= answer.status < 300:
        return None
    try:
        error = answer.json()["error"]
        return Refusal(answer.status, reason_in(error), str(error.get("message", "")))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return Refusal(answer.status)


def reason_in(error: dict[str, Any]) -> str:
    """The reason of an error document: the calendar's own, then the front end's detail, then its status."""
    for entry in [*error.get("errors", [])[:1], *error.get("details", [])]:
        if reason := entry.get("reason"):
            return str(reason)
    return str(error.get("status", ""))


def is_rate_limit(answer: Answer) -> bool:
    """Whether a 403 means "too many requests", which its status does not say."""
    refusal = refusal_of(answer) if answer.status == 403 else None
    return refusal is not None and refusal.throttled


def stop_for(refusal: Refusal) -> CalmirrorError | None:
    """The error that ends the run, where a refusal concerns every request and waiting would not help."""
    if refusal.reason in QUOTA:
        return RetryableError(
            "Google's usage limit for this account is used up",
            code="google-quota",
            meaning=RESUMED,
            command="Nothing to do: a later run goes on; Google needs hours rather than minutes.",
        )
    if refusal.reason in SCOPE:
        return stopped(
            "The Google sign-in does not allow this",
            "google-scope",
            'For a calendar that exists set scope = "owned" in [google]. Then: calmirror connect google',
        )
    if refusal.reason in SWITCHED_OFF:
        return stopped(
            "The Google Calendar API is switched off in the project of these credentials",
            "google-api-disabled",
            "Switch on the Google Calendar API in the Google Cloud console, then: calmirror sync",
        )
    if refusal.reason in NO_ACCOUNT:
        return stopped(
            "This Google account does not use Google Calendar",
            "google-no-calendar-user",
            "Open Google Calendar once with this account, then: calmirror sync",
        )
    return None


def stopped(what: str, code: str, command: str) -> UserFixableError:
    """An error that a person has to put right at Google."""
    return UserFixableError(what, code=code, meaning=RESUMED, command=command)


def error_for(refusal: Refusal) -> CalmirrorError:
    """The error of a request that has no outcome but success."""
    return stop_for(refusal) or RetryableError(
        f"Google refused a request ({refusal.status}, {refusal.label})",
        code="google-refused",
        meaning=RESUMED,
        command="The next run tries again. If it lasts, check api_url in calmirror.toml. To try now: calmirror sync",
    )
