"""Access tokens from a stored sign-in, refreshed before they expire, by one process at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.errors import RetryableError, UserFixableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from calmirror.http.message import Clock
    from calmirror.tokens.model import Service, SignIn
    from calmirror.tokens.store import TokenFile

    Refresh = Callable[[SignIn | None], SignIn]

EARLY = 300.0
"""Seconds before its end at which a token is replaced."""
LEAST = 30.0
"""Seconds that a token must still live to be of use where no new one can be had."""
PAUSE = 60.0
"""Seconds after which a service that is not available is asked again, while the token lives."""


class StoredTokens:
    """A TokenSource on the token file. Threads may share it, and processes the file: its lock is all that they need.

    Args:
        made_for: the registration of the configuration; a sign-in of another one counts as none.
        refresh: gets a new access token for the sign-in that is given; for None, a sign-in of its own where no person
            is needed.
    """

    def __init__(
        self, file: TokenFile, service: Service, made_for: str, refresh: Refresh, clock: Clock, *, app: bool = False
    ) -> None:
        self.cure = f"calmirror connect {service.lower()}"
        self._file = file
        self._service = service
        self._made_for = made_for
        self._refresh = refresh
        self._clock = clock
        self._app = app
        self._known: SignIn | None = None
        self._pause_until = 0.0

    def check(self) -> None:
        """Raises UserFixableError `sign-in` where nobody has signed in, and somebody has to."""
        if self._stored() is None and not self._app:
            raise not_signed_in(self._service)

    def token(self) -> str:
        """An access token with minutes left; reads the file once, and asks the service only near its end.

        Raises:
            UserFixableError: `sign-in`, or why the sign-in has ended.
            RetryableError: the sign-in service is not available.
        """
        known = self._known
        if known is None or not self._lives(known, LEAST if self._clock.now() < self._pause_until else EARLY):
            known = self._known = self._current(refused="")
        return known.access_token

    def renew(self) -> str:
        """Another token than the one that the service refused; errors as `token`."""
        self._known = self._current(refused=self._known.access_token if self._known else "")
        return self._known.access_token

    def _current(self, refused: str) -> SignIn:
        stored = self._stored()
        if stored is not None and self._good(stored, refused):
            return stored
        with self._file.turn():
            stored = self._stored()
            if stored is not None and self._good(stored, refused):
                return stored  # another process was quicker
            return self._refreshed(stored, refused)

    def _refreshed(self, stored: SignIn | None, refused: str) -> SignIn:
        try:
            fresh = self._refresh(stored)
        except RetryableError:
            if stored is None or stored.access_token == refused or not self._lives(stored, LEAST):
                raise
            self._pause_until = self._clock.now() + PAUSE
            return stored
        # Before the access token is used: whoever dies now has not lost the sign-in.
        self._file.save(self._service, fresh)
        return fresh

    def _stored(self) -> SignIn | None:
        stored = self._file.find(self._service)
        return stored if stored is not None and stored.made_for == self._made_for else None

    def _good(self, sign_in: SignIn, refused: str) -> bool:
        return sign_in.access_token != refused and self._lives(sign_in, EARLY)

    def _lives(self, sign_in: SignIn, seconds: float) -> bool:
        return bool(sign_in.access_token) and sign_in.expires_at - seconds > self._clock.now()


def not_signed_in(service: Service) -> UserFixableError:
    """The error of a service that nobody has signed in to."""
    return UserFixableError(
        f"Nobody has signed in to {service} yet, or calmirror.toml names another registration since then",
        code="sign-in",
        command=f"calmirror connect {service.lower()}",
    )
