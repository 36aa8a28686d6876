"""Both sign-ins as this machine remembers them: who, since when, what was granted, and when one may end."""

from __future__ import annotations

import time
from collections.abc import Iterator

from calmirror.cli.checks.finding import Finding, fine, note, wrong
from calmirror.cli.connect import line
from calmirror.cli.sign_ins import SignIns, Standing
from calmirror.cli.status import amount
from calmirror.google.sign_in_errors import TESTING
from calmirror.tokens.model import Service

FORWARD = "If your organisation has to agree first, this is for its administrator: "


def sign_in(sign_ins: SignIns, service: Service) -> Iterator[Finding]:
    """One service's sign-in; a token command is proved by what follows."""
    standing = sign_ins.standing(service)
    subject = f"sign-in to {service}"
    if standing.by == "command" or (standing.by == "app" and standing.sign_in is None):
        yield fine(subject, _told(standing))
        return
    if standing.sign_in is None:
        yield wrong(subject, "nobody has signed in", f"calmirror connect {service.lower()}")
        if service == "Microsoft":
            yield note("consent", FORWARD + sign_ins.admin_consent_url())
        return
    yield fine(subject, _told(standing))
    yield from ending(standing, time.time())


def _told(standing: Standing) -> str:
    return line(standing, time.time()).removeprefix(f"{standing.service}: ")


def ending(standing: Standing, now: float) -> Iterator[Finding]:
    """When Google will end it. Where it does not say, nobody but the app's owner knows until a week has passed."""
    signed_in = standing.sign_in
    if standing.service != "Google" or standing.by != "person" or signed_in is None:
        return
    left = (signed_in.ends_at or signed_in.signed_in_at + TESTING) - now
    if left > 0 and (signed_in.ends_at or signed_in.refreshed_at - signed_in.signed_in_at < TESTING):
        condition = "" if signed_in.ends_at else 'if your app at Google is still in "Testing", '
        what = f"{condition}Google ends this sign-in in {amount(left)}"
        yield note("Google's seven days", what, 'In Google\'s console: Audience, "Publish app", then sign in again')
