"""What a person sees at Google's sign-in: accounts, the warning about unverified apps, consent with its boxes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calmirror.http.message import Answer, Request
from calmirror.sandbox.google.scopes import METHOD_SCOPES
from calmirror.sandbox.signin.google.errors import BlockedError
from calmirror.sandbox.signin.google.registry import IDENTITY, PREFIX, Account, Client, Code
from calmirror.sandbox.signin.web import button, checkbox, form, form_of, items, many, page, paragraph, redirect

if TYPE_CHECKING:
    from calmirror.sandbox.signin.google.service import GoogleSignIn

KNOWN = {PREFIX + name for names in METHOD_SCOPES.values() for name in names.split()} | set(IDENTITY)
TELLS = {
    "calendar": "See, edit, share, and permanently delete all the calendars you can access",
    "calendar.app.created": "Make secondary Google calendars, and see, create, change, and delete events on them",
    "calendar.calendarlist.readonly": "See the list of Google calendars you're subscribed to",
    "calendar.events": "View and edit events on all your calendars",
    "calendar.events.owned": "See, create, change, and delete events on Google calendars you own",
    "calendar.readonly": "See and download any calendar you can access",
}
SPELT = {"email": f"{PREFIX}userinfo.email", "profile": f"{PREFIX}userinfo.profile"}
"""How scopes of identity come back."""


@dataclass(slots=True)
class Visit:
    """One person's way through the pages, and where it leads back to."""

    client: Client
    scopes: list[str]
    redirect_uri: str
    asked: dict[str, str] = field(default_factory=dict)
    account: Account | None = None


class Pages:
    """Shows pages and acts on what is pressed; `service` holds what it must know."""

    def __init__(self, service: GoogleSignIn) -> None:
        self._service = service
        self._visits: dict[str, Visit] = {}

    def authorize(self, request: Request) -> Answer:
        """Where a program sends the person."""
        asked = form_of(request)
        client = self._service.registry.clients.get(asked.get("client_id", ""))
        if client is None:
            raise BlockedError("invalid_client", "The OAuth client was not found.", 401)
        if client.deleted:
            raise BlockedError("deleted_client", "The OAuth client was deleted.", 401)
        uri = asked.get("redirect_uri", "")
        if not client.redirects_to(uri):
            error = "invalid_request" if uri.startswith("urn:") else "redirect_uri_mismatch"
            raise BlockedError(error, f"This app's request is invalid: redirect_uri={uri}")
        if asked.get("response_type") != "code" or not asked.get("scope"):
            raise BlockedError("invalid_request", "Required parameter is missing: response_type=code, scope")
        scopes = list(dict.fromkeys(asked["scope"].split()))
        if unknown := [scope for scope in scopes if scope not in KNOWN]:
            raise BlockedError("invalid_scope", f"Some requested scopes were invalid: {unknown}")
        return self._accounts(Visit(client, scopes, uri, asked))

    def step(self, request: Request, ident: str) -> Answer:
        """The page after a button of an earlier one."""
        visit, pressed = self._visits.get(ident), form_of(request)
        account = self._service.registry.accounts.get(pressed.get("account", ""))
        if visit is not None and account is not None:
            visit.account = account
            return self._signed_in(visit, account, ident)
        if visit is None or visit.account is None:
            return page("This page has ended.", "", 400)
        match pressed.get("decision"):
            case "continue":
                return self._consent(visit, ident)
            case "accept":
                del self._visits[ident]
                return self._accepted(visit, visit.account, self._chosen(visit, request))
        del self._visits[ident]
        return self._back(visit, error="access_denied")

    def _accounts(self, visit: Visit) -> Answer:
        ident, hint = secrets.token_urlsafe(16), visit.asked.get("login_hint", "")
        self._visits[ident] = visit
        known = sorted(self._service.registry.accounts, key=lambda address: address != hint)
        buttons = [button(f"account-{n}", address, "account", address) for n, address in enumerate(known, 1)]
        return page("Choose an account", form(self._action(ident), buttons=buttons))

    def _signed_in(self, visit: Visit, account: Account, ident: str) -> Answer:
        """After the account: a wall, the warning, the consent page, or straight on."""
        client, blocked = visit.client, self._service.switches.blocked
        if blocked:
            raise BlockedError(blocked, "Access to your account is blocked for this app.")
        if client.status == "testing" and client.testers and account.address not in client.testers:
            text = "The app is being tested and can only be used by people that its developer named."
            raise BlockedError("access_denied", text, 403)
        agreed = self._service.registry.consents.get((client.client_id, account.address), set())
        if set(visit.scopes) <= agreed and "consent" not in visit.asked.get("prompt", "").split():
            del self._visits[ident]
            return self._accepted(visit, account, visit.scopes, first_time=False)
        if client.warns_about(visit.scopes):
            buttons = [button("back", "Back to safety"), button("continue", "Continue")]
            return page("Google hasn't verified this app", form(self._action(ident), buttons=buttons))
        return self._consent(visit, ident)

    def _consent(self, visit: Visit, ident: str) -> Answer:
        data = [scope for scope in visit.scopes if scope not in IDENTITY]
        if self._has_boxes(data):
            boxes = (checkbox(f"scope-{n}", told(scope), "scope", scope) for n, scope in enumerate(data, 1))
            inner, listed = "".join(boxes), ""
            inner = inner if self._service.switches.ticked else inner.replace(" checked>", ">")
        else:
            inner, listed = "", items(told(scope) for scope in data)
        buttons = [button("cancel", "Cancel"), button("accept", "Continue")]
        lead = paragraph(f"{visit.client.project} wants access to your Google Account")
        return page(
            "Select what the app can access", lead + listed + form(self._action(ident), inner=inner, buttons=buttons)
        )

    def _has_boxes(self, data: list[str]) -> bool:
        when = self._service.switches.checkboxes
        return when == "always" or (when == "several" and len(data) > 1)

    def _chosen(self, visit: Visit, request: Request) -> list[str]:
        data = [scope for scope in visit.scopes if scope not in IDENTITY]
        if not self._has_boxes(data):
            return visit.scopes
        ticked = set(many(request, "scope"))
        return [scope for scope in visit.scopes if scope in ticked or scope in IDENTITY]

    def _accepted(self, visit: Visit, account: Account, scopes: list[str], *, first_time: bool = True) -> Answer:
        service, asked = self._service, visit.asked
        if not scopes:
            return self._back(visit, error="access_denied")
        service.registry.consents.setdefault((visit.client.client_id, account.address), set()).update(scopes)
        spelt = [SPELT.get(scope, scope) for scope in scopes]
        code = f"4/0A{secrets.token_urlsafe(48)}"
        service.registry.codes[code] = Code(
            client=visit.client,
            account=account,
            scopes=spelt,
            redirect_uri=visit.redirect_uri,
            challenge=asked.get("code_challenge", ""),
            method=asked.get("code_challenge_method", "plain"),
            offline=asked.get("access_type") == "offline" and first_time,
            expires_at=service.clock.now() + service.switches.code_seconds,
            nonce=asked.get("nonce", ""),
        )
        return self._back(visit, code=code, scope=" ".join(spelt), authuser="0", prompt="consent")

    def _back(self, visit: Visit, **answer: str) -> Answer:
        """Sends the person back to the program."""
        return redirect(visit.redirect_uri, {"state": visit.asked.get("state", ""), **answer})

    def _action(self, ident: str) -> str:
        return f"{self._service.base_url}/visit/{ident}"


def told(scope: str) -> str:
    """A scope as people read it."""
    return TELLS.get(scope.removeprefix(PREFIX), scope)
