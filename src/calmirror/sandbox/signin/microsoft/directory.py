"""Who and what Microsoft's sign-in knows: tenants, accounts, apps, and what was agreed to."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from calmirror.sandbox.signin.microsoft.errors import RefusedError

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of every personal account."""
SHARED = ("common", "organizations", "consumers")
LOOPBACK = re.compile(r"http://localhost(:\d+)?(?P<path>/[^?#]*)?")
NAMESPACE = uuid.UUID("ca1e0da2-0000-4000-8000-000000000000")


@dataclass(slots=True)
class Account:
    """A person of a tenant; of CONSUMERS with a personal account."""

    address: str
    tenant: str
    oid: str
    admin: bool = False
    disabled: bool = False

    @property
    def personal(self) -> bool:
        """Whether it is nobody's but the person's."""
        return self.tenant == CONSUMERS


@dataclass(slots=True)
class App:
    """A registration: who may sign in to it, where to, and how it proves itself.

    `audience`: the accounts of its own `tenant`, of all tenants (`work`), these and personal ones (`any`), or
    `personal` ones alone. `secrets` by value with the time they run out, `certificates` in PEM. `redirect_uris` are
    of a desktop app, `web_redirect_uris` of one that has a secret. `roles` are application permissions.
    """

    client_id: str
    tenant: str
    name: str = "calmirror"
    audience: Literal["tenant", "work", "any", "personal"] = "any"
    redirect_uris: tuple[str, ...] = ("http://localhost",)
    web_redirect_uris: tuple[str, ...] = ()
    public_flows: bool = True
    secrets: dict[str, float] = field(default_factory=dict)
    certificates: list[str] = field(default_factory=list)
    roles: tuple[str, ...] = ()

    def redirects_to(self, uri: str) -> bool:
        """Whether a code may be sent there: the registered addresses, and any port of a registered localhost."""
        if uri in (*self.redirect_uris, *self.web_redirect_uris):
            return True
        asked = LOOPBACK.fullmatch(uri)
        known = (LOOPBACK.fullmatch(one) for one in self.redirect_uris)
        return asked is not None and any(one is not None and _path(one) == _path(asked) for one in known)


def _path(found: re.Match[str]) -> str:
    return found["path"] or "/"


class Directory:
    """All tenants of the cloud, with their accounts and the apps registered in them."""

    def __init__(self) -> None:
        self.tenants: dict[str, str] = {CONSUMERS: "consumers"}
        """Domains by tenant id."""
        self.accounts: dict[str, Account] = {}
        self.apps: dict[str, App] = {}
        self.consents: dict[tuple[str, str], set[str]] = {}
        """Short scopes that a person agreed to, by app and account."""
        self.admin_consents: set[tuple[str, str]] = set()
        """Apps that an administrator let into a tenant, with everything they ask for."""

    def add_tenant(self, domain: str) -> str:
        """A new tenant; returns its id."""
        tenant = str(uuid.uuid5(NAMESPACE, domain))
        self.tenants[tenant] = domain
        return tenant

    def add_account(self, address: str, tenant: str = CONSUMERS, *, admin: bool = False) -> Account:
        """A new account, personal unless a tenant is named."""
        account = Account(address.lower(), tenant, str(uuid.uuid5(NAMESPACE, address)), admin)
        self.accounts[account.address] = account
        return account

    def tenant_of(self, segment: str) -> str:
        """The id of the tenant in an address, or the shared word as it is; RefusedError for an unknown one."""
        asked = segment.lower()
        found = next((tenant for tenant, domain in self.tenants.items() if asked in (tenant, domain)), None)
        if asked in SHARED:
            return asked
        if found is None:
            raise RefusedError(90002, tenant=segment)
        return found

    def app(self, client_id: str, tenant: str) -> App:
        """The app of that id, as it may be used at this tenant's addresses.

        Raises:
            RefusedError: it is unknown there, or made for other accounts.
        """
        if not client_id:
            raise RefusedError(900144, parameter="client_id")
        app = self.apps.get(client_id)
        if app is None or (app.audience == "tenant" and tenant not in (*SHARED, app.tenant)):
            raise RefusedError(700016, app=client_id, tenant=tenant)
        if app.audience == "tenant" and tenant in SHARED:
            raise RefusedError(50194, app=client_id)
        if app.audience == "work" and tenant in ("consumers", CONSUMERS):
            raise RefusedError(9002332, app=client_id)
        if app.audience == "personal" and tenant not in ("consumers", CONSUMERS):
            raise RefusedError(9002331, app=client_id)
        return app

    def admit(self, account: Account, app: App, tenant: str) -> None:
        """RefusedError where an account cannot sign in to the app at this tenant's addresses."""
        kinds = {"consumers": account.personal, "organizations": not account.personal, "common": True}
        if not kinds.get(tenant, account.tenant == tenant):
            raise RefusedError(50020, account=account.address, tenant=tenant, app=app.client_id)
        if account.personal and app.audience not in ("any", "personal"):
            raise RefusedError(50020, account=account.address, tenant=tenant, app=app.client_id)
        if account.disabled:
            raise RefusedError(50057)

    def agreed(self, app: App, account: Account, scopes: Iterable[str]) -> bool:
        """Whether all these (short) scopes were agreed to, by the person or the administrator."""
        if (app.client_id, account.tenant) in self.admin_consents:
            return True
        return set(scopes) <= self.consents.get((app.client_id, account.address), set())
