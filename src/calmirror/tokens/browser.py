"""Having a person sign in in a browser, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from calmirror.errors import UserFixableError
from calmirror.tokens.loopback import Loopback, matches, parameters
from calmirror.tokens.person import Asking, Way

if TYPE_CHECKING:
    from calmirror.tokens.model import Service

Page = Callable[[str], str]
"""Makes the address of the sign-in page for a redirect address."""

UNCHANGED = "Nothing was changed in either calendar. An earlier sign-in is still valid."
HERE = """\
Sign in to {service} in your browser. If it did not open by itself, open this page on this machine:

{url}

Waiting for the browser; Ctrl-C stops."""
ELSEWHERE = """\
Open this page in a browser on any machine, and sign in to {service}:

{url}

In the end the browser cannot open a page whose address begins with http://localhost. That is as it should be:
copy this address from the address bar and paste it here.
"""
TRIES = 3


def answer(asking: Asking, service: Service, page: Page, *, state: str, host: str, hint: str = "") -> dict[str, str]:
    """The parameters with which the sign-in page sent the browser back; `error` may be among them.

    Args:
        page: shown to the person.
        state: what comes back must carry it.
        host: the loopback address's name, as the service wants it.
        hint: what else may be the matter when the browser does not come back.

    Raises:
        UserFixableError: `sign-in-port`, `sign-in-no-answer`.
    """
    if asking.way is Way.PASTE:
        found = pasted(asking, service, page("http://localhost"), state)
    else:
        found = received(asking, service, page, state=state, host=host, hint=hint)
    return found


def received(asking: Asking, service: Service, page: Page, *, state: str, host: str, hint: str) -> dict[str, str]:
    """The answer that comes to a loopback address."""
    with Loopback(state, asking.port) as loopback:
        url = page(f"http://{host}:{loopback.port}")
        asking.person.tell(HERE.format(service=service, url=url))
        asking.person.open(url)
        found = loopback.answer(asking.timeout)
    if found is None:
        raise no_answer(service, f"The browser did not come back within {asking.timeout:.0f} s", hint)
    return of_the_same_host(found, url, service)


def pasted(asking: Asking, service: Service, url: str, state: str) -> dict[str, str]:
    """The answer in an address that is pasted; a wrong one may be pasted anew."""
    asking.person.tell(ELSEWHERE.format(service=service, url=url))
    for _ in range(TRIES):
        found = in_address(asking.person.ask("The address"))
        if matches(found, state):
            return of_the_same_host(found, url, service)
        asking.person.tell("That is not the address of this sign-in. It begins with http://localhost and holds a code.")
    raise no_answer(service, "The address that the browser ended up at was not pasted", "")


def in_address(text: str) -> dict[str, str]:
    """The parameters in a pasted address, whatever surrounds it; none where it is no address."""
    try:
        return parameters(urlsplit(text.strip().strip("\"'<>")).query)
    except ValueError:
        return {}


def of_the_same_host(found: dict[str, str], url: str, service: Service) -> dict[str, str]:
    """The answer, if it does not say that another service gave it."""
    issuer = found.get("iss", "")
    if issuer and urlsplit(issuer).netloc != urlsplit(url).netloc:
        raise UserFixableError(
            f"The browser came back from another service than that of {service}",
            code="sign-in-no-answer",
            meaning=UNCHANGED,
            command=f"calmirror connect {service.lower()}",
        )
    return found


def no_answer(service: Service, what: str, hint: str) -> UserFixableError:
    """The error of a browser that brought nothing."""
    return UserFixableError(
        f"{what}: nobody was signed in to {service}",
        code="sign-in-no-answer",
        meaning=UNCHANGED,
        command=f"calmirror connect {service.lower()}" + (f". {hint}" if hint else ""),
    )
