"""One sign-in as it is remembered."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Service = Literal["Microsoft", "Google"]
SERVICES: tuple[Service, ...] = get_args(Service)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What a service gave us for a person or an app. Moments are UNIX seconds.

    Its text shows no secret: `repr` is that of the account and the moments alone.
    """

    made_for: str
    """Which registration it belongs to; a sign-in of another one is of no use."""
    access_token: str
    expires_at: float
    signed_in_at: float
    """When a person signed in."""
    refreshed_at: float
    """When the service last gave an access token."""
    refresh_token: str = ""
    secret: str = ""
    """An app's password, where a person gave it to us to keep."""
    scopes: tuple[str, ...] = ()
    """What was granted, in the service's words."""
    account: str = ""
    """Who signed in, as the service calls them; "" where it does not say."""
    ends_at: float = 0.0
    """When the service will end it, however much it is used; 0 where it does not say."""

    def __repr__(self) -> str:
        return f"SignIn(account={self.account!r}, signed_in_at={self.signed_in_at}, expires_at={self.expires_at})"


def as_json(sign_in: SignIn) -> dict[str, Any]:
    """The sign-in as plain values."""
    return asdict(sign_in)


def from_json(raw: Any) -> SignIn:
    """The sign-in that plain values stand for; keys of later versions are passed over.

    Raises:
        ValueError: they stand for none.
    """
    try:
        known = {field.name: raw[field.name] for field in fields(SignIn) if field.name in raw}
        sign_in = SignIn(**known | {"scopes": tuple(raw.get("scopes", ()))})
        texts = (sign_in.made_for, sign_in.access_token, sign_in.refresh_token, sign_in.secret, sign_in.account)
        moments = (sign_in.expires_at, sign_in.signed_in_at, sign_in.refreshed_at, sign_in.ends_at)
        sound = all(isinstance(text, str) for text in (*texts, *sign_in.scopes))
        sound = sound and all(isinstance(moment, int | float) for moment in moments)
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError("not a sign-in") from error
    if not sound:
        raise ValueError("not a sign-in")
    return sign_in
