"""An app's registration at Microsoft, and the addresses and permission names of the cloud that it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

GLOBAL = "https://login.microsoftonline.com"
AUTHORITIES = {
    "graph.microsoft.com": GLOBAL,
    "graph.microsoft.us": "https://login.microsoftonline.us",
    "dod-graph.microsoft.us": "https://login.microsoftonline.us",
    "microsoftgraph.chinacloudapi.cn": "https://login.partner.microsoftonline.cn",
}
"""Where people of each cloud sign in, by the host of its Graph."""
PERMISSION = "Calendars.Read"
ANY_TENANT = frozenset({"common", "organizations", "consumers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What identifies calmirror to Microsoft.

    Args:
        authority_url: "" for that of the cloud of `graph_url`.
        app: whether the app reads mailboxes by itself, without a person.
        certificate: PEM file with the app's private key and certificate.
        secret: the app's password, from wherever it is kept.
    """

    client_id: str
    tenant: str
    graph_url: str
    authority_url: str = ""
    app: bool = False
    certificate: Path | None = None
    secret: str = field(default="", repr=False)

    @property
    def authority(self) -> str:
        """The address below which this tenant's sign-in is."""
        host = urlsplit(self.graph_url).hostname or ""
        return f"{self.authority_url or AUTHORITIES.get(host, GLOBAL)}/{self.tenant}"

    @property
    def made_for(self) -> str:
        """What a sign-in belongs to."""
        return f"{self.client_id} {self.authority} {'app' if self.app else 'person'}"

    @property
    def scope(self) -> str:
        """The one permission that is asked for; tokens are those of one cloud's Graph."""
        host = urlsplit(self.graph_url).hostname or ""
        graph = f"https://{host}" if host in AUTHORITIES else "https://graph.microsoft.com"
        return f"{graph}/.default" if self.app else f"{graph}/{PERMISSION}"

    @property
    def admin_consent_url(self) -> str:
        """The page where an administrator lets everybody of the organisation use the app."""
        tenant = "organizations" if self.tenant in ANY_TENANT else self.tenant
        query = urlencode({"client_id": self.client_id, "redirect_uri": "http://localhost"})
        return f"{self.authority.rpartition('/')[0]}/{tenant}/adminconsent?{query}"
