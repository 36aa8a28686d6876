"""What the store says when it cannot go on: one place for the words, whichever the database.

`place` is a path or the words "the PostgreSQL database": an address may hold a password and is never shown.
"""

from __future__ import annotations

from calmirror.errors import RetryableError, RunLockedError, UserFixableError

ELSEWHERE = "Choose another file under [state] url in calmirror.toml"
REBUILT = "Nothing was changed in either calendar; a new state is rebuilt from Google."


def missing(place: str) -> UserFixableError:
    """There is no state yet, and this command does not make one."""
    return UserFixableError(f"There is no state in {place} yet.", code="state-missing", command="calmirror sync")


def bad_url() -> UserFixableError:
    """The address is of no kind that we know."""
    return UserFixableError(
        "The address of the state is neither sqlite:///path nor postgresql://….",
        code="state-url",
        command="Correct [state] url in calmirror.toml",
    )


def no_folder(place: str) -> UserFixableError:
    """The folder of the file does not exist."""
    return UserFixableError(
        f"The folder of the state {place} does not exist.",
        code="state-folder",
        command="Make the folder, or correct [state] url in calmirror.toml",
    )


def read_only(place: str) -> UserFixableError:
    """The file, its folder or the database may not be written by this user."""
    return UserFixableError(
        f"This user may not write to {place}, or not to its folder.",
        code="state-read-only",
        command="Give this user the right to write there, or correct [state] url in calmirror.toml",
    )


def not_a_database(place: str) -> UserFixableError:
    """Something else lies at that path."""
    return UserFixableError(
        f"{place} is not a database, and was left as it is.",
        code="state-not-a-database",
        command=f"{ELSEWHERE}. Or, if it is a damaged one of calmirror's, move it away, then: calmirror sync",
    )


def not_ours(place: str) -> UserFixableError:
    """A database of another program."""
    return UserFixableError(
        f"{place} belongs to another program, and was left as it is.",
        code="state-not-ours",
        command=ELSEWHERE,
    )


def newer(place: str, version: int) -> UserFixableError:
    """A newer calmirror has written it."""
    return UserFixableError(
        f"The state in {place} was written by a newer calmirror (version {version} of its tables).",
        code="state-newer",
        command="On this machine, upgrade calmirror",
    )


def corrupted(place: str) -> UserFixableError:
    """The file is damaged."""
    return UserFixableError(
        f"The state in {place} is damaged.",
        code="state-corrupted",
        meaning=REBUILT,
        command="Move the file away, then: calmirror sync",
    )


def extra_missing() -> UserFixableError:
    """psycopg is not installed."""
    return UserFixableError(
        "The state is on PostgreSQL, but the part that speaks to it is not installed.",
        code="postgresql-extra",
        command="pip install 'calmirror[postgresql]'",
    )


def busy(place: str) -> RetryableError:
    """Another process held the database for longer than we wait."""
    return RetryableError(f"Another process is holding {place}.", code="state-busy")


def full(place: str) -> RetryableError:
    """No space left."""
    return RetryableError(
        f"The disk of {place} is full.", code="state-full", command="Free some space, then: calmirror sync"
    )


def unreadable(place: str) -> RetryableError:
    """The disk failed to read or write."""
    return RetryableError(f"The disk of {place} failed to read or write.", code="state-disk")


def unreachable(place: str) -> RetryableError:
    """No connection, or it broke, or the server did not let us in."""
    return RetryableError(
        f"{place} cannot be reached, or does not let this user in.",
        code="state-unreachable",
        command="Nothing to do if the server is down for a while. Else check [state] url in calmirror.toml",
    )


def lease_lost(name: str) -> RunLockedError:
    """Another run took over while this one was away; nothing of this one is written any more."""
    return RunLockedError(
        f"Another run took over mirror {name!r} while this one was held up.",
        code="lease-lost",
        meaning="What this run had not yet written is left to the other one.",
    )


def locked(name: str, *, owner: str, since: str) -> RunLockedError:
    """Another run holds the lease."""
    return RunLockedError(f"A run by {owner} has been at work on mirror {name!r} since {since}.", code="locked")
