"""Hashes of what we send. Google's echo is never compared: it truncates, reformats and omits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, check_circular=False)


def fingerprint(body: Mapping[str, Any]) -> str:
    """A hash of a JSON value, the same for the same content whatever the order of its members."""
    text = _JSON.encode(body)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
