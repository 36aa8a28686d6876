"""What a person sees at Microsoft's sign-in: accounts, consent, the wall of "Need admin approval", device codes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from calmirror.http.message import Answer, Request
from calmirror.sandbox.signin.microsoft.directory import Account
from calmirror.sandbox.signin.microsoft.errors import Refusal, RefusedError, refusal
from calmirror.sandbox.signin.microsoft.grants import asked_of, lasting
from calmirror.sandbox.signin.microsoft.ledger import Asked, Code, DeviceCode
from calmirror.sandbox.signin.web import button, field, form, form_of, items, page, paragraph, redirect

if TYPE_CHECKING:
    from calmirror.sandbox.signin.microsoft.service import MicrosoftSignIn

CODE_SECONDS = 600
TELLS = {
    "Calendars.Read": "Read your calendars",
    "Calendars.ReadBasic": "Read basic details of your calendars",
    "Calendars.ReadWrite": "Have full access to your calendars",
    "Calendars.Read.Shared": "Read calendars that you can access",
    "MailboxSettings.Read": "Read your mailbox settings",
    "User.Read": "Sign you in and read your profile",
    "offline_access": "Maintain access to data you have given it access to",
}


@dataclass(slots=True)
class Visit:
    """One person's way through the pages, and where it leads back to."""

    kind: Literal["code", "device", "admin"]
    asked: Asked
    redirect_uri: str = ""
    state: str = ""
    mode: str = "query"
    prompt: str = ""
    challenge: str = ""
    device: DeviceCode | None = None
    account: Account | None = None


class Pages:
    """Shows pages and acts on what is pressed; `service` holds what it must know."""

    def __init__(self, service: MicrosoftSignIn) -> None:
        self._service = service
        self._visits: dict[str, Visit] = {}

    def authorize(self, request: Request, segment: str) -> Answer:
        """Where a program sends the person."""
        form_fields, directory = form_of(request), self._service.directory
        tenant = directory.tenant_of(segment)
        app = directory.app(form_fields.get("client_id", ""), tenant)
        uri = form_fields.get("redirect_uri", "")
        if not app.redirects_to(uri):
            raise RefusedError(50011, redirect=uri, app=app.client_id)
        visit = Visit("code", Asked(app, tenant, [], ""), uri, form_fields.get("state", ""))
        visit.mode = form_fields.get("response_mode", "query")
        visit.prompt = form_fields.get("prompt", "")
        try:
            self._check(form_fields, visit)
        except RefusedError as refused:
            return self._back(visit, refused.refusal)
        visit.challenge = form_fields.get("code_challenge", "")
        return self._accounts(visit, hint=form_fields.get("login_hint", ""))

    def _check(self, fields: dict[str, str], visit: Visit) -> None:
        if fields.get("response_type") != "code":
            raise RefusedError(700029)
        if fields.get("code_challenge_method", "S256") != "S256":
            raise RefusedError(900144, parameter="code_challenge_method=S256")
        if visit.prompt == "none":
            raise RefusedError(16000)
        visit.asked = asked_of(self._service, visit.asked.app, visit.asked.tenant, fields)

    def admin_consent(self, request: Request, segment: str) -> Answer:
        """Where an administrator lets an app into a tenant."""
        fields, directory = form_of(request), self._service.directory
        tenant = directory.tenant_of(segment)
        app = directory.app(fields.get("client_id", ""), tenant)
        uri = fields.get("redirect_uri", "")
        if not app.redirects_to(uri):
            raise RefusedError(50011, redirect=uri, app=app.client_id)
        return self._accounts(Visit("admin", Asked(app, tenant, [], ""), uri, fields.get("state", "")))

    def device(self, note: str = "") -> Answer:
        """Where a person enters a device code."""
        entry = form(
            f"{self._service.base_url}/devicelogin",
            inner=field("otc", "Code"),
            buttons=[button("next", "Next")],
            ident="device",
        )
        return page("Enter code to allow access", paragraph(note, "note") + entry)

    def device_entered(self, request: Request) -> Answer:
        """The page after the code."""
        found = self._service.ledger.device_of(form_of(request).get("otc", ""))
        if found is None or found.outcome != "pending" or found.expires_at <= self._service.clock.now():
            return self.device("That code didn't work. Check the code and try again.")
        return self._accounts(Visit("device", found.asked, device=found))

    def step(self, request: Request, ident: str) -> Answer:
        """The page after a button of an earlier one."""
        visit, pressed = self._visits.get(ident), form_of(request)
        if visit is None:
            return page("This page has ended.", "", 400)
        if "account" in pressed:
            visit.account = self._service.directory.accounts[pressed["account"]]
            return self._signed_in(visit, visit.account, ident)
        if visit.account is None:
            return page("This page has ended.", "", 400)
        del self._visits[ident]
        if pressed.get("decision") == "accept":
            self._agree(visit, visit.account)
            return self._done(visit, visit.account)
        return self._declined(visit)

    def _accounts(self, visit: Visit, hint: str = "") -> Answer:
        ident = secrets.token_urlsafe(16)
        self._visits[ident] = visit
        known = sorted(self._service.directory.accounts, key=lambda address: address != hint.lower())
        buttons = [button(f"account-{n}", address, "account", address) for n, address in enumerate(known, 1)]
        lead = paragraph(f"to continue to {visit.asked.app.name}")
        return page("Pick an account", lead + form(self._action(ident), buttons=buttons))

    def _signed_in(self, visit: Visit, account: Account, ident: str) -> Answer:
        """After the account: an error, a wall, the consent page, or straight on."""
        service, app = self._service, visit.asked.app
        service.directory.admit(account, app, visit.asked.tenant)
        if service.switches.sign_in_error:
            raise RefusedError(service.switches.sign_in_error, app=app.client_id, account=account.address)
        if visit.kind == "admin":
            return self._consent(visit, ident) if account.admin else self._wall(visit, ident)
        if service.directory.agreed(app, account, lasting(visit.asked.scopes)) and visit.prompt != "consent":
            del self._visits[ident]
            return self._done(visit, account)
        if service.switches.consent == "admin" and not account.personal and not account.admin:
            return self._wall(visit, ident)
        return self._consent(visit, ident)

    def _consent(self, visit: Visit, ident: str) -> Answer:
        asked = visit.asked.app.roles if visit.kind == "admin" else visit.asked.scopes
        told = items(TELLS.get(scope, scope) for scope in asked if scope not in ("openid", "profile", "email"))
        buttons = [button("accept", "Accept"), button("cancel", "Cancel")]
        title = "Permissions requested for your organization" if visit.kind == "admin" else "Permissions requested"
        lead = paragraph(visit.asked.app.name, "app")
        return page(title, lead + told + form(self._action(ident), buttons=buttons))

    def _wall(self, visit: Visit, ident: str) -> Answer:
        """The program hears nothing unless the person presses the button."""
        text = f"{visit.asked.app.name} needs permission to access resources that only an admin can grant."
        back = button("return", "Return to the application without granting consent")
        return page("Need admin approval", paragraph(text) + form(self._action(ident), buttons=[back]))

    def _agree(self, visit: Visit, account: Account) -> None:
        directory, app, withheld = self._service.directory, visit.asked.app, self._service.switches.withheld_scopes
        if visit.kind == "admin":
            directory.admin_consents.add((app.client_id, account.tenant))
            return
        held = directory.consents.setdefault((app.client_id, account.address), set())
        held.update(scope for scope in visit.asked.scopes if scope not in withheld)

    def _done(self, visit: Visit, account: Account) -> Answer:
        """Everything is agreed to."""
        if visit.kind == "admin":
            answer = {"tenant": account.tenant, "admin_consent": "True", "state": visit.state}
            return redirect(visit.redirect_uri, answer)
        if visit.device is not None:
            visit.device.outcome, visit.device.account = "agreed", account
            return page("You have signed in.", paragraph("You may now close this window.", "done"))
        code = f"{'M.C5_' if account.personal else '1.'}{secrets.token_urlsafe(300)}"
        expires_at = self._service.clock.now() + CODE_SECONDS
        self._service.ledger.codes[code] = Code(visit.asked, account, visit.redirect_uri, visit.challenge, expires_at)
        answer = {"code": code, "state": visit.state, "session_state": secrets.token_hex(16)}
        return redirect(visit.redirect_uri, answer, visit.mode)

    def _declined(self, visit: Visit) -> Answer:
        if visit.device is not None:
            visit.device.outcome = "declined"
            return page("You declined.", paragraph("You may now close this window.", "done"))
        if visit.kind == "admin":
            answer = {"error": "permission_denied", "error_description": "The admin canceled.", "state": visit.state}
            return redirect(visit.redirect_uri, answer)
        return self._back(visit, refusal(65004), error_subcode="cancel")

    def _back(self, visit: Visit, refused: Refusal, **more: str) -> Answer:
        """Sends the person back to the program with an error."""
        text = refused.described(self._service.clock.now())["text"]
        answer = {"error": refused.error, **more, "error_description": text, "state": visit.state}
        return redirect(visit.redirect_uri, answer, visit.mode)

    def _action(self, ident: str) -> str:
        return f"{self._service.base_url}/visit/{ident}"
