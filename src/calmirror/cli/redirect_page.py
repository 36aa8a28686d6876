"""A page that leads a browser to an address which must not stand in a command line."""

from __future__ import annotations

import atexit
import sys
import tempfile
from html import escape
from pathlib import Path
from secrets import token_hex

from calmirror.tokens import private_file

PAGE = """\
<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>calmirror</title>
<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url={url}"></head>
<body><a href="{url}">Sign in</a></body></html>
"""


def leading_to(url: str, platform: str = sys.platform) -> str | None:
    """What a browser is to open for this address: a file that only its owner can read; None where there can be none.

    Any user of the machine sees the arguments of a process, and who knows a sign-in's address can sign in there with an
    account of their own. Windows shows no arguments of other users, and on macOS they never stand in any.

    The file goes when the process ends. It lies in the home folder, where browsers that are confined (snap) may read.
    """
    if platform in ("win32", "darwin"):
        return url
    for folder in (Path.home, lambda: Path(tempfile.mkdtemp(prefix="calmirror-"))):
        try:
            file = folder() / f"calmirror-sign-in-{token_hex(8)}.html"
            private_file.write(file, PAGE.format(url=escape(url)).encode())
        except (OSError, RuntimeError):
            continue
        atexit.register(file.unlink, missing_ok=True)
        return file.as_uri()
    return None
