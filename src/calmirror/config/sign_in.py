"""What the keys of signing in to Microsoft ask of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calmirror.config.problems import Problems

ANY_TENANT = ("common", "organizations", "consumers")


def check_sign_in(microsoft: dict[str, Any], mirrors: list[dict[str, Any]], problems: Problems) -> None:
    """Notes what does not go together, and gives each mirror its mailbox; `sign_in` becomes `app`."""
    app = microsoft["app"] = microsoft.pop("sign_in") == "app"
    by_command = bool(microsoft["token_command"])
    for index, mirror in enumerate(mirrors):
        mirror["mailbox"] = mirror["mailbox"] or microsoft["mailbox"]
        if mirror["feed"]:
            mirror["mailbox"] = ""
        elif app and not by_command and not mirror["mailbox"]:
            problems.add(("mirror", index), 'needs a mailbox (or [microsoft] does), with sign_in = "app"')
        elif mirror["mailbox"] and not (app or by_command):
            problems.add(("mirror", index), 'must have a mailbox only with sign_in = "app" in [microsoft]')
    if app and not by_command and microsoft["tenant"] in ANY_TENANT:
        problems.add(("microsoft", "tenant"), 'must be your own tenant\'s id or domain, with sign_in = "app"')
    for key in ("certificate", "secret_file"):
        if microsoft[key] is not None and not app:
            problems.add(("microsoft", key), 'must stand with sign_in = "app" only')
    if microsoft["certificate"] is not None and microsoft["secret_file"] is not None:
        problems.add(("microsoft", "secret_file"), "must not stand beside a certificate")
