"""`python -m calmirror.sandbox.token URL`: prints a fresh access token of the stand-in served at URL.

It is the `token_command` of a configuration that points at the sandbox, so that expiry can be tried too.
"""

from __future__ import annotations

import json
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit


def fresh_token(url: str) -> str:
    """A token that the stand-in at `url` will take for an hour of its clock.

    Raises:
        OSError: nothing answers there.
        ValueError: what answers is not a sandbox.
    """
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/_control", json.dumps({"do": "grant"}), kind)
        granted = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return str(granted["result"]["token"])


def main(arguments: list[str]) -> int:
    """Prints the token; exit code 1 with one line on stderr where there is no sandbox."""
    try:
        sys.stdout.write(fresh_token(arguments[0]) + "\n")
    except (OSError, HTTPException, ValueError, LookupError, TypeError):
        sys.stderr.write("No sandbox answers there. Start one: calmirror sandbox\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
