"""Who calmirror is to Google, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from calmirror.google.client_file import DesktopClient, ServiceAccount

PREFIX = "https://www.googleapis.com/auth/"
SCOPES = {
    "app-created": f"{PREFIX}calendar.app.created",
    "owned": f"{PREFIX}calendar.events.owned",
    "events": f"{PREFIX}calendar.events",
    "calendar": f"{PREFIX}calendar",
}
"""What `google.scope` stands for, the narrowest first."""
WHO = ("openid", "email")
"""Asked for besides: they reach nothing, and say whose account it is that signs in."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A client and what it asks for.

    Args:
        scope: a full one of `SCOPES`.
        subject: the person that a service account acts for; "" for itself.
    """

    client: DesktopClient | ServiceAccount
    scope: str
    subject: str = ""

    @property
    def app(self) -> bool:
        """Whether no person has to sign in."""
        return isinstance(self.client, ServiceAccount)

    @property
    def made_for(self) -> str:
        """What a sign-in belongs to."""
        if isinstance(self.client, ServiceAccount):
            return f"{self.client.client_email} {self.subject} {self.scope}"
        return f"{self.client.client_id} {self.scope}"
