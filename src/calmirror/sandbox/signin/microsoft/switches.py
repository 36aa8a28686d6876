"""What differs between tenants, or is not settled, about Microsoft's sign-in; each as a switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class MicrosoftSignInSwitches:
    """Flip any of these at any time; `docs/reference/sandbox-sign-in.md` says what each is about."""

    cloud: Literal["global", "usgov", "dod", "china"] = "global"
    """Whose resource names scopes carry; personal accounts exist in the global one alone."""
    access_token_seconds: int = 3599
    refresh_token_days: int = 90
    refresh_ends_old: bool = False
    """Whether a refresh token dies when it is used; documented is that it does not."""
    consent: Literal["person", "admin"] = "person"
    """Whether people may agree for themselves, or see "Need admin approval"."""
    withheld_scopes: list[str] = field(default_factory=list)
    """Scopes that are not granted although they were asked for."""
    scope_names: Literal["asked", "short", "full"] = "asked"
    """How the token endpoint's answer writes scopes: as they were asked for, or with or without the resource."""
    sign_in_error: int = 0
    """A number of the catalogue: the person sees this error, and the program hears nothing."""
    device_interval: int = 5
    device_seconds: int = 900
    impatient_polls: Literal["pending", "slow_down"] = "slow_down"
    """The answer to a poll that comes before its interval is over."""
