"""The sign-ins of one configuration: making them, using them, looking at them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from calmirror.errors import CalmirrorError, RetryableError, UserFixableError
from calmirror.http.clock import SystemClock
from calmirror.http.sockets import SocketTransport
from calmirror.http.tokens import TokenCommand
from calmirror.tokens.endpoint import Endpoint
from calmirror.tokens.model import SERVICES
from calmirror.tokens.refreshing import StoredTokens
from calmirror.tokens.store import TokenFile

if TYPE_CHECKING:
    from calmirror.config import Settings
    from calmirror.google.registration import Registration as GoogleRegistration
    from calmirror.google.sign_in import GoogleSignIn
    from calmirror.http.client import TokenSource
    from calmirror.http.message import Clock, Transport
    from calmirror.microsoft.registration import Registration as MicrosoftRegistration
    from calmirror.microsoft.sign_in import MicrosoftSignIn
    from calmirror.tokens.model import Service, SignIn
    from calmirror.tokens.person import Asking

SECRET = "CALMIRROR_MICROSOFT_SECRET"  # noqa: S105 - the name of a variable, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one service is signed in to, as far as this machine knows without asking it.

    `by` is "command", "person" or "app"; `sign_in` is None where nobody has signed in yet, or a command does.
    """

    service: Service
    by: str
    sign_in: SignIn | None = None


class SignIns:
    """The sign-ins of one configuration.

    Its methods raise UserFixableError where the token file or Google's client file cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        transport: Transport | None = None,
        clock: Clock | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.file = TokenFile(settings.tokens.file, settings.tokens.keep, environ, configuration=settings.path)
        self._settings = settings
        self._transport = transport or SocketTransport(ca_file=settings.ca_file)
        self._clock = clock or SystemClock()
        self._environ = environ

    @property
    def services(self) -> tuple[Service, ...]:
        """The services that the configuration uses: no Microsoft where all sources are published calendars."""
        microsoft = self._settings.microsoft
        return SERVICES if microsoft.client_id or microsoft.token_command else ("Google",)

    def tokens(self, service: Service) -> TokenSource:
        """Where the tokens of a service come from.

        Raises:
            UserFixableError: `sign-in`: nobody has signed in.
        """
        if command := self._command(service):
            return TokenCommand(command, service=service, cwd=self._settings.path.parent)
        registration = self._registration(service)
        stored = StoredTokens(
            self.file,
            service,
            registration.made_for,
            lambda sign_in: self._flow(service).refresh(sign_in),
            self._clock,
            app=registration.app,
        )
        stored.check()
        return stored

    def connect(self, service: Service, asking: Asking) -> SignIn:
        """Signs in and keeps it; until that has worked, whatever sign-in there was stays.

        Raises:
            UserFixableError: `sign-in-command`, `sign-in-account`, or why nobody could be signed in.
            RetryableError: `sign-in-unavailable`.
        """
        if self._command(service):
            raise UserFixableError(
                f"The tokens of {service} come from a command of yours, so there is nothing to sign in to",
                code="sign-in-command",
                command=f"Remove token_command from [{service.lower()}], or leave it at that",
            )
        with self.file.turn():  # what hinders keeping it is told before a person goes to the trouble
            before = self.file.find(service)
        try:
            sign_in = self._proven(service, before, asking)
        except RetryableError as error:
            again = f"calmirror connect {service.lower()}"
            error.command = f"Try again later: {again}. To see what is in the way: calmirror doctor"
            raise
        if not self._registration(service).app:
            from calmirror.cli.accounts import check_account  # noqa: PLC0415 - runs sign nobody in

            check_account(service, before, sign_in, asking)
        with self.file.turn():
            self.file.save(service, sign_in)
        return sign_in

    def forget(self, service: Service) -> bool:
        """Removes the sign-in from this machine, then has the service end it (Microsoft offers no way to).

        Returns whether the service ended it. Without network or client file it cannot be told; the sign-in is gone from
        this machine all the same.
        """
        with self.file.turn():
            sign_in = self.file.find(service)
            self.file.forget(service)
        if service == "Microsoft" or sign_in is None:
            return False
        try:
            return self._google().revoke(sign_in)
        except CalmirrorError:
            return False

    def standing(self, service: Service) -> Standing:
        """How a service is signed in to; asks nobody."""
        if self._command(service):
            return Standing(service=service, by="command")
        registration = self._registration(service)
        sign_in = self.file.find(service)
        if sign_in is not None and sign_in.made_for != registration.made_for:
            sign_in = None
        return Standing(service=service, by="app" if registration.app else "person", sign_in=sign_in)

    def accounts(self) -> dict[Service, str]:
        """Who is signed in where, as far as this machine knows; "" where it does not. Asks nobody."""
        found: dict[Service, str] = {}
        for service in self.services:
            try:
                sign_in = self.standing(service).sign_in
            except UserFixableError:  # told in full by `connect` and `doctor`
                sign_in = None
            found[service] = sign_in.account if sign_in else ""
        return found

    def admin_consent_url(self) -> str:
        """Where an administrator lets everybody of the organisation use the app at Microsoft."""
        return self._microsoft_registration().admin_consent_url

    def _proven(self, service: Service, before: SignIn | None, asking: Asking) -> SignIn:
        if service == "Google":
            google = self._google()
            return google.refresh(None) if google.registration.app else google.connect(asking)
        microsoft = self._microsoft()
        if not microsoft.registration.app:
            return microsoft.connect(asking)
        registration = microsoft.registration
        if registration.certificate or registration.secret:
            return microsoft.for_itself(None)
        secret = asking.person.ask("The app's client secret (its value)", secret=True)
        kept = replace(microsoft, registration=replace(registration, secret=secret)).for_itself(before)
        return replace(kept, secret=secret)

    def _flow(self, service: Service) -> MicrosoftSignIn | GoogleSignIn:
        return self._microsoft() if service == "Microsoft" else self._google()

    def _microsoft(self) -> MicrosoftSignIn:
        from calmirror.microsoft.sign_in import MicrosoftSignIn  # noqa: PLC0415 - needed about once an hour

        return MicrosoftSignIn(self._microsoft_registration(), self._endpoint("Microsoft"))

    def _google(self) -> GoogleSignIn:
        from calmirror.google.sign_in import GoogleSignIn  # noqa: PLC0415 - needed about once an hour

        return GoogleSignIn(self._google_registration(), self._endpoint("Google"))

    def _endpoint(self, service: Service) -> Endpoint:
        return Endpoint(self._transport, self._clock, service)

    def _command(self, service: Service) -> tuple[str, ...]:
        settings = self._settings
        return settings.microsoft.token_command if service == "Microsoft" else settings.google.token_command

    def _registration(self, service: Service) -> MicrosoftRegistration | GoogleRegistration:
        return self._microsoft_registration() if service == "Microsoft" else self._google_registration()

    def _microsoft_registration(self) -> MicrosoftRegistration:
        from calmirror.microsoft.registration import Registration  # noqa: PLC0415 - token commands do without

        settings = self._settings.microsoft
        if not settings.client_id:
            raise UserFixableError(
                "The configuration names no app registration at Microsoft",
                code="sign-in-registration",
                command="Add a client_id to [microsoft] in calmirror.toml, then: calmirror connect microsoft",
            )
        return Registration(
            client_id=settings.client_id,
            tenant=settings.tenant,
            graph_url=settings.graph_url,
            authority_url=settings.authority_url,
            app=settings.app,
            certificate=settings.certificate,
            secret=self._secret() if settings.app else "",
        )

    def _google_registration(self) -> GoogleRegistration:
        from calmirror.google import client_file  # noqa: PLC0415 - token commands do without
        from calmirror.google.registration import SCOPES, Registration  # noqa: PLC0415 - as above

        settings = self._settings.google
        assert settings.credentials is not None, "the configuration names the file where there is no command"
        return Registration(client_file.read(settings.credentials), SCOPES[settings.scope], settings.subject)

    def _secret(self) -> str:
        """The app's secret from the environment or its file; "" where neither is given."""
        if secret := self._environ.get(SECRET, "").strip():
            return secret
        file = self._settings.microsoft.secret_file
        if file is None:
            return ""
        try:
            return file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UserFixableError(
                f"The app's secret cannot be read from {file} ({getattr(error, 'strerror', None) or 'not text'})",
                code="sign-in-registration",
                command="Correct secret_file of [microsoft] in calmirror.toml",
            ) from None
