"""What Graph's refusals mean: which are a person's to fix, which say that a cursor is dead, which are our fault."""

from __future__ import annotations

from calmirror.errors import CalmirrorError, RetryableError, UserFixableError
from calmirror.http.message import Answer
from calmirror.microsoft.members import Members

DEAD_CURSOR = frozenset(
    {"syncstatenotfound", "syncstateinvalid", "resyncrequired", "fullsyncrequired", "errorinvaliddeltatoken"}
)
NO_ITEM = frozenset({"erroritemnotfound", "itemnotfound"})
NO_ID = frozenset({"errorinvalididmalformed", "errorinvalidid", "errorinvalidmailboxitemid"})
"""The last one is an id of another mailbox, or of this one before it was moved to another store."""
NO_USER = frozenset({"errorinvaliduser", "request_resourcenotfound"})
NO_MAILBOX = "mailboxnotenabledforrestapi"


def codes(answer: Answer) -> frozenset[str]:
    """The error codes of an answer, in lower case: their spelling varies."""
    error = error_of(answer)
    return frozenset({error.text("code").lower(), error.inner("innerError").text("code").lower()} - {""})


def is_dead_cursor(answer: Answer) -> bool:
    """Whether an opaque link of Graph's was refused because the state behind it is gone."""
    if answer.status == 410:
        return True
    # The code for a garbled token is not documented; the text has always named the token.
    garbled = answer.status == 400 and "token" in error_of(answer).text("message").lower()
    return 400 <= answer.status < 500 and (garbled or not DEAD_CURSOR.isdisjoint(codes(answer)))


def is_no_item(answer: Answer) -> bool:
    """Whether an item was not found, as opposed to its calendar, mailbox or path."""
    return answer.status == 404 and not NO_ITEM.isdisjoint(codes(answer))


def is_no_id(answer: Answer) -> bool:
    """Whether what was asked for is no id, or none of this mailbox: it says nothing about an event."""
    return answer.status in (400, 404) and not NO_ID.isdisjoint(codes(answer))


def refusal(answer: Answer) -> CalmirrorError:
    """The error for an answer that refuses to read a calendar."""
    if answer.status == 403:
        return UserFixableError(
            "Microsoft does not allow this calendar to be read: consent is missing, or it is not shared",
            code="microsoft-forbidden",
            command="Have the calendar shared with you, or allow Calendars.Read: calmirror connect microsoft",
        )
    if NO_MAILBOX in codes(answer):
        return UserFixableError(
            "This Microsoft account has no mailbox in the cloud; sign in with one that has a calendar",
            code="mailbox-not-enabled",
            command="Sign in with another account: calmirror connect microsoft",
        )
    if answer.status == 400 and error_of(answer).text("message").lower().startswith("/me request"):
        return UserFixableError(
            "This sign-in to Microsoft is an app's, which has no mailbox of its own",
            code="mailbox-needed",
            command="Name a mailbox in [microsoft] or in each [[mirror]], then: calmirror calendars",
        )
    if answer.status == 404 and not NO_USER.isdisjoint(codes(answer)):
        return UserFixableError(
            "There is no such mailbox in this organisation",
            code="mailbox-not-found",
            command="Correct mailbox in calmirror.toml, then: calmirror calendars",
        )
    if answer.status == 404 or is_no_id(answer):
        return UserFixableError(
            "The Outlook calendar is not there any more", code="calendar-not-found", command="calmirror calendars"
        )
    if answer.status == 410:
        return RetryableError("Microsoft says that what was asked for is gone", code="odd-answer")
    code = printable(error_of(answer).text("code"))
    if not code:  # Graph names one: this came cut off, or from something on the way.
        return RetryableError(f"Microsoft refused a request ({answer.status}) without saying why", code="odd-answer")
    return CalmirrorError(
        f"Microsoft refused a request ({answer.status} {code}, request-id {request_id(answer)})",
        code="microsoft-refused",
        command="Check graph_url in calmirror.toml. If it is right, report this at the project's issue tracker.",
    )


def request_id(answer: Answer) -> str:
    """What Microsoft's support asks for."""
    named = answer.headers.get("request-id", "") or error_of(answer).inner("innerError").text("request-id")
    return printable(named) or "unknown"


def printable(text: str) -> str:
    """Short and on one line: an error's text may be shown anywhere."""
    return "".join(character for character in text[:80] if character.isprintable())


def error_of(answer: Answer) -> Members:
    """The `error` object of an answer; empty where the body is empty or a web page."""
    try:
        return Members(answer.json()).inner("error")
    except (ValueError, RecursionError):
        return Members(None)
