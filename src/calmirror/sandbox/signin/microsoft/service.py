"""The stand-in of Microsoft's sign-in service: where a request goes, and what its owner can order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from calmirror.http.message import Answer, Request
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.members import set_members
from calmirror.sandbox.service import Exchange, Service
from calmirror.sandbox.signin.microsoft.directory import CONSUMERS, Account, App, Directory
from calmirror.sandbox.signin.microsoft.errors import CATALOGUE, RefusedError, error_page, token_error
from calmirror.sandbox.signin.microsoft.grants import TokenEndpoint
from calmirror.sandbox.signin.microsoft.ledger import Ledger
from calmirror.sandbox.signin.microsoft.pages import Pages
from calmirror.sandbox.signin.microsoft.scopes import RESOURCES
from calmirror.sandbox.signin.microsoft.switches import MicrosoftSignInSwitches
from calmirror.sandbox.signin.web import answered, page

DESKTOP_APP = "5a4db0ca-0000-4000-8000-00000000de5c"
"""A registration as calmirror's own: everybody's accounts, http://localhost, public client flows."""
DAEMON_APP = "5a4db0ca-0000-4000-8000-0000000dae50"
"""A registration of one tenant that reads every mailbox in its own name."""
DAEMON_SECRET = "sandbox-secret"  # noqa: S105 - of the stand-in, printed in its documentation
TENANT = "contoso.example"
PERSONAL = "adele@outlook.example"
ADMINISTRATOR = "admin@contoso.example"


class MicrosoftSignIn(Service):
    """Answers as login.microsoftonline.com would; the tokens that it gives out open `graph`.

    It begins with one tenant, in which the owner of the graph's mailbox and an administrator are, a personal
    account of the same person, and the two registrations DESKTOP_APP and DAEMON_APP (let in already).
    """

    def __init__(
        self,
        graph: GraphService,
        base_url: str = "https://login.sandbox",
        switches: MicrosoftSignInSwitches | None = None,
    ) -> None:
        super().__init__(name="microsoft-sign-in", base_url=base_url, clock=graph.clock)
        self.switches = switches or MicrosoftSignInSwitches()
        self.graph = graph
        self.directory = Directory()
        self.ledger = Ledger()
        self.tenant = self.directory.add_tenant(TENANT)
        self.directory.add_account(graph.mailbox.address, self.tenant)
        self.directory.add_account(ADMINISTRATOR, self.tenant, admin=True)
        self.add_person(PERSONAL)
        self.register(App(DESKTOP_APP, self.tenant))
        daemon = App(DAEMON_APP, self.tenant, "Mirrors for everybody", "tenant", public_flows=False)
        daemon.secrets[DAEMON_SECRET], daemon.roles = float("inf"), ("Calendars.Read",)
        self.register(daemon)
        self.directory.admin_consents.add((DAEMON_APP, self.tenant))
        self._tokens = TokenEndpoint(self)
        self._pages = Pages(self)
        self.orders: dict[str, Callable[..., Any]] = {
            "add_person": lambda address, tenant=CONSUMERS: self.add_person(address, tenant).oid,
            "register": self.register_app,
            "revoke": self.end_sign_ins,
            "expire": lambda account="": self.end_sign_ins(account, 700082),
            "disable": self.disable,
            "withdraw_consent": self.withdraw_consent,
            "expire_secret": self.expire_secret,
        }

    @property
    def resources(self) -> tuple[str, ...]:
        """The names under which scopes may ask for Graph; the first is its own."""
        url = urlsplit(self.graph.base_url)
        return (*RESOURCES[self.switches.cloud], f"{url.scheme}://{url.netloc}")

    def add_person(self, address: str, tenant: str = CONSUMERS) -> Account:
        """Another person with a mailbox; a personal account unless a tenant is named."""
        self.graph.add_mailbox(address)
        return self.directory.add_account(address, tenant)

    def register(self, app: App) -> App:
        """Registers an app, or changes its registration."""
        self.directory.apps[app.client_id] = app
        return app

    def register_app(self, client_id: str, **changes: Any) -> str:
        """Registers an app by its members, or changes some of a registration's; see `set_members`."""
        known = self.directory.apps.get(client_id) or App(client_id, self.tenant)
        set_members(known, {"client_id": client_id, **changes})
        return self.register(known).client_id

    def end_sign_ins(self, account: str = "", error: int = 50173) -> int:
        """Ends the refresh tokens of one account, or all; the next use says `error`. Access tokens live on."""
        if error not in CATALOGUE:
            raise LookupError(f"no such error: {error}")
        ended = [one for one in self.ledger.refresh_tokens.values() if account in {"", one.account.address}]
        for one in ended:
            one.ended = error
        return len(ended)

    def disable(self, account: str) -> None:
        """Disables an account."""
        self.directory.accounts[account].disabled = True

    def withdraw_consent(self, client_id: str = "") -> int:
        """Takes back every consent, to one app or to all; returns how many."""
        directory = self.directory
        gone = [key for key in directory.consents if client_id in {"", key[0]}]
        for key in gone:
            del directory.consents[key]
        lifted = {key for key in directory.admin_consents if client_id in {"", key[0]}}
        directory.admin_consents -= lifted
        return len(gone) + len(lifted)

    def expire_secret(self, client_id: str = DAEMON_APP) -> None:
        """Lets an app's secrets run out."""
        app = self.directory.apps[client_id]
        app.secrets = dict.fromkeys(app.secrets, self.clock.now())

    def allow(self, app: App, user: str, scopes: Iterable[str], token: str) -> None:
        """Makes an access token open the graph, for as long as the switch says."""
        expires_at = self.clock.now() + self.switches.access_token_seconds
        with self.graph.lock:
            self.graph.grant(token, scopes, client=app.client_id, user=user, expires_at=expires_at)

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        """The true answer; see Service.respond."""
        path = exchange.path.removeprefix(urlsplit(self.base_url).path).strip("/")
        try:
            return self._routed(request, path.split("/"))
        except RefusedError as refused:
            programs = path.endswith(("/token", "/devicecode", "openid-configuration"))
            if programs:
                return token_error(refused.refusal, self.clock.now(), self.base_url)
            return error_page(refused.refusal, self.clock.now())

    def _routed(self, request: Request, path: list[str]) -> Answer:
        match (request.method, *path):
            case ("GET", tenant, "v2.0", ".well-known", "openid-configuration"):
                return answered(self._configuration(tenant))
            case ("GET", "common", "discovery", "instance"):
                return answered(self._instance())
            case ("GET", _, "discovery", "v2.0", "keys"):
                return answered({"keys": []})
            case ("POST", tenant, "oauth2", "v2.0", "token"):
                return self._tokens.answer(request, tenant)
            case ("POST", tenant, "oauth2", "v2.0", "devicecode"):
                return self._tokens.device_code(request, tenant)
            case ("GET" | "POST", tenant, "oauth2", "v2.0", "authorize"):
                return self._pages.authorize(request, tenant)
            case ("GET", tenant, "adminconsent") | ("GET", tenant, "v2.0", "adminconsent"):
                return self._pages.admin_consent(request, tenant)
            case ("GET", "devicelogin"):
                return self._pages.device()
            case ("POST", "devicelogin"):
                return self._pages.device_entered(request)
            case ("POST", "visit", ident):
                return self._pages.step(request, ident)
        return page("Not found", "", 404)

    def _configuration(self, segment: str) -> dict[str, Any]:
        tenant = self.directory.tenant_of(segment)
        root = f"{self.base_url}/{tenant}"
        resource = RESOURCES[self.switches.cloud][0]
        return {
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{self.base_url}/{{tenantid}}/v2.0" if tenant == segment == "common" else f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "cloud_graph_host_name": urlsplit(resource).netloc,
            "msgraph_host": urlsplit(resource).netloc,
        }

    def _instance(self) -> dict[str, Any]:
        host = urlsplit(self.base_url).hostname
        names = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        return {
            "tenant_discovery_endpoint": f"{self.base_url}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [names],
        }
