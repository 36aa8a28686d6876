"""What differs between projects, or is not settled, about Google's sign-in; each as a switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class GoogleSignInSwitches:
    """Flip any of these at any time; `docs/reference/sandbox-sign-in.md` says what each is about."""

    access_token_seconds: int = 3599
    code_seconds: int = 600
    checkboxes: Literal["several", "always", "never"] = "several"
    """When the consent page has a box per scope: with more than one scope, in any case, or never."""
    ticked: bool = True
    """Whether the boxes are ticked at first."""
    testing_days: int = 7
    """How long a refresh token of a project in testing lives."""
    unused_days: int = 180
    """How long a refresh token lives that is not used."""
    live_tokens: int = 100
    """Refresh tokens of one account and client; one more ends the oldest."""
    testing_tells_expiry: bool = False
    """Whether the answer has `refresh_token_expires_in` where the project is in testing."""
    blocked: str = ""
    """An error, as `admin_policy_enforced`: the person sees it on a page, and the program hears nothing."""
