"""The stand-in of Google's sign-in service: where a request goes, and what its owner can order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from calmirror.http.message import Answer, Request
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.members import set_members
from calmirror.sandbox.service import Exchange, Service
from calmirror.sandbox.signin.google.endpoints import Endpoints
from calmirror.sandbox.signin.google.errors import BlockedError, RefusedError, blocked_page, endpoint_error
from calmirror.sandbox.signin.google.pages import Pages
from calmirror.sandbox.signin.google.registry import (
    Account,
    Client,
    Registry,
    ServiceAccount,
    client_file,
    new_service_account,
    service_account_file,
)
from calmirror.sandbox.signin.google.switches import GoogleSignInSwitches
from calmirror.sandbox.signin.web import page

DESKTOP_CLIENT = "500000000001-desktop.apps.googleusercontent.com"
WEB_CLIENT = "500000000001-web.apps.googleusercontent.com"
SERVICE_ACCOUNT = "mirror@calmirror-sandbox.iam.gserviceaccount.com"


class GoogleSignIn(Service):
    """Answers as accounts.google.com and oauth2.googleapis.com would; the tokens that it gives out open `google`.

    It begins with the owner of the Google stand-in's calendars, a desktop client in production and a web client.
    """

    def __init__(
        self,
        google: GoogleService,
        base_url: str = "http://accounts.sandbox",
        switches: GoogleSignInSwitches | None = None,
    ) -> None:
        super().__init__(name="google-sign-in", base_url=base_url, clock=google.clock)
        self.switches = switches or GoogleSignInSwitches()
        self.google = google
        self.registry = Registry()
        self.add_person(google.state.user)
        self.register(Client(DESKTOP_CLIENT, "GOCSPX-sandbox-desktop"))
        web = ("https://calmirror.example/callback",)
        self.register(Client(WEB_CLIENT, "GOCSPX-sandbox-web", "web", web))
        self._endpoints = Endpoints(self)
        self._pages = Pages(self)
        self.orders: dict[str, Callable[..., Any]] = {
            "add_person": lambda address, domain="": self.add_person(address, domain).address,
            "register": self.register_client,
            "revoke": self.revoke,
            "expire": self.revoke,
            "client_file": self.client_file,
            "service_account_file": self.service_account_file,
            "delegate": self.delegate,
        }

    def add_person(self, address: str, domain: str = "") -> Account:
        """Another person with a calendar; of a Workspace domain where one is named."""
        account = self.registry.accounts[address] = Account(address, domain)
        return account

    def register(self, client: Client) -> Client:
        """Makes a client known, or changes it."""
        self.registry.clients[client.client_id] = client
        return client

    def register_client(self, client_id: str = DESKTOP_CLIENT, **changes: Any) -> str:
        """Makes a client known by its members, or changes one; see `set_members`."""
        known = self.registry.clients.get(client_id) or Client(client_id, "GOCSPX-sandbox")
        set_members(known, {"client_id": client_id, **changes})
        return self.register(known).client_id

    def client_file(self, client_id: str = DESKTOP_CLIENT) -> dict[str, Any]:
        """The file that the console hands out for a client."""
        return client_file(self.registry.clients[client_id], self.base_url)

    def service_account_file(self, email: str = SERVICE_ACCOUNT) -> dict[str, Any]:
        """The key file of a service account, which is made where there is none of that name."""
        return service_account_file(self.service_account(email), self.base_url)

    def service_account(self, email: str = SERVICE_ACCOUNT) -> ServiceAccount:
        """A service account, made where there is none of that name."""
        if email not in self.registry.service_accounts:
            self.registry.service_accounts[email] = new_service_account(email)
        return self.registry.service_accounts[email]

    def delegate(self, domain: str, scopes: Iterable[str], email: str = SERVICE_ACCOUNT) -> str:
        """The administrator of a domain lets a service account act for its people; returns its client id."""
        account = self.service_account(email)
        account.delegated[domain] = set(scopes)
        return account.client_id

    def revoke(self, account: str = "", client_id: str = "") -> int:
        """One person, or everybody, takes access away from a client, or all; returns how many tokens ended.

        Access tokens end with it.
        """
        ended = [
            one
            for one in self.registry.refresh_tokens.values()
            if account in {"", one.account.address} and client_id in {"", one.client.client_id} and not one.ended
        ]
        for one in ended:
            one.ended = True
        with self.google.lock:
            for grant in self.google.grants.values():
                if account in {"", grant.user} and client_id in {"", grant.client}:
                    grant.expires_at = 0.0
        for key in list(self.registry.consents):
            if client_id in {"", key[0]} and account in {"", key[1]}:
                del self.registry.consents[key]
        return len(ended)

    def allow(self, token: str, scopes: Iterable[str], client_id: str, user: str) -> None:
        """Makes an access token open the calendars, for as long as the switch says."""
        expires_at = self.clock.now() + self.switches.access_token_seconds
        with self.google.lock:
            self.google.grant(token, scopes, client=client_id, user=user, expires_at=expires_at)

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        """The true answer; see Service.respond."""
        path = exchange.path.removeprefix(urlsplit(self.base_url).path).strip("/")
        try:
            return self._routed(request, path)
        except RefusedError as refused:
            return endpoint_error(refused.refusal)
        except BlockedError as blocked:
            return blocked_page(blocked)

    def _routed(self, request: Request, path: str) -> Answer:
        match (request.method, path):
            case ("GET" | "POST", "o/oauth2/auth" | "o/oauth2/v2/auth"):
                return self._pages.authorize(request)
            case ("POST", step) if step.startswith("visit/"):
                return self._pages.step(request, step.removeprefix("visit/"))
            case ("POST", "token" | "o/oauth2/token"):
                return self._endpoints.token(request)
            case ("GET" | "POST", "revoke" | "o/oauth2/revoke"):
                return self._endpoints.revoke(request)
            case ("GET" | "POST", "tokeninfo"):
                return self._endpoints.token_info(request)
            case ("POST", "device/code"):
                return self._endpoints.device_code(request)
        return page("Error 404 (Not Found)!!1", "", 404)
