"""Whose account a new sign-in is of, and whether that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError
from calmirror.tokens.browser import UNCHANGED

if TYPE_CHECKING:
    from calmirror.tokens.model import Service, SignIn
    from calmirror.tokens.person import Asking

CHANGED = {
    "Microsoft": "The mirrors would read the calendars of that account.",
    "Google": "The mirrors would write into calendars of that account, which its owner reads.",
}


def check_account(service: Service, before: SignIn | None, after: SignIn, asking: Asking) -> None:
    """Whether a new sign-in is of the account that is expected; else the person is asked.

    Who sees a sign-in page's address can sign in there with an account of their own, and get the calendars.

    Raises:
        UserFixableError: `sign-in-account`; an earlier sign-in stays.
    """
    who = after.account or "an account that it does not name"
    if asking.account:
        same = after.account.casefold() == asking.account.casefold()
        was = f"{asking.account} was expected"
    else:
        if before is None or not before.refresh_token:  # nobody, or an app
            return
        if after.account and before.account.casefold() == after.account.casefold():
            return
        was = f"Until now it was {before.account or 'an account that was not noted'}"
        question = f"{service}: signed in as {who}. {was}. {CHANGED[service]} Use this sign-in? (y or n)"
        same = asking.person.ask(question).strip().lower() in ("y", "yes")
    if not same:
        raise UserFixableError(
            f"The sign-in to {service} as {who} was not taken. {was}",
            code="sign-in-account",
            meaning=UNCHANGED,
            command=f"calmirror connect {service.lower()}, with the right account in the browser",
        )
