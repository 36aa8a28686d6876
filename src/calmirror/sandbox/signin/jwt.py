"""JSON web tokens: the ones that the services give out, and the signed ones that clients prove themselves with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Jwt:
    """A token taken apart; nothing about it is proved yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def signed_by(self, pem: str) -> bool:
        """Whether the holder of this certificate or public key (PEM) signed it, with RS256 or PS256."""
        from cryptography import x509  # noqa: PLC0415 - only clients with keys need it
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

        raw = pem.encode()
        certified = b"BEGIN CERTIFICATE" in raw
        try:
            key = x509.load_pem_x509_certificate(raw).public_key() if certified else load_pem_public_key(raw)
        except ValueError:
            return False
        paddings = {"RS256": PKCS1v15(), "PS256": PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH)}
        padding = paddings.get(str(self.header.get("alg")))
        if padding is None or not isinstance(key, RSAPublicKey):
            return False
        try:
            key.verify(self.signature, self.signed, padding, SHA256())
        except InvalidSignature:
            return False
        return True


def taken_apart(token: str) -> Jwt:
    """A token's parts; ValueError where it is none."""
    try:
        header, claims, signature = (_decoded(part) for part in token.split("."))
        return Jwt(_object(header), _object(claims), token.rpartition(".")[0].encode(), signature)
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("not a JSON web token") from error


def issued(claims: dict[str, Any]) -> str:
    """An identity token. Its signature is for show: who receives it from the service itself does not check it."""
    signed = f"{encoded({'typ': 'JWT', 'alg': 'RS256', 'kid': 'sandbox'})}.{encoded(claims)}"
    return f"{signed}.{_text(hashlib.sha512(signed.encode()).digest() * 4)}"


def encoded(claims: dict[str, Any]) -> str:
    """A JSON object in the letters that a URL may have, as Microsoft's `client_info` is."""
    return _text(json.dumps(claims, separators=(",", ":")).encode())


def _object(raw: bytes) -> dict[str, Any]:
    value = json.loads(raw)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error for everything that is no token
    return value


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
