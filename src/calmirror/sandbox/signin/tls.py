"""A certificate authority for this machine's loopback addresses, made anew for each sandbox."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder

ADDRESSES = ("127.0.0.1", "::1")
NAMES = ("localhost",)
LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Certified:
    """Files in PEM: the authority that clients must trust, the server's certificate, and its key."""

    ca_file: Path
    certificate: Path
    key: Path


def certify(folder: Path) -> Certified:
    """Makes an authority and a certificate for the loopback addresses in a folder that exists.

    The authority's key is thrown away, so that it can never vouch for anything else.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - only a served sandbox needs it
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    ca_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    authority = _authority(ca_key)
    server = _server(key, ca_key, authority)
    files = Certified(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    _written(files.ca_file, authority.public_bytes(Encoding.PEM))
    _written(files.certificate, server.public_bytes(Encoding.PEM))
    _written(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def _authority(key: EllipticCurvePrivateKey) -> Certificate:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    flags = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False, **flags
    )
    builder = _dated("calmirror sandbox CA", "calmirror sandbox CA", key)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(usage, critical=True).sign(key, SHA256())


def _server(key: EllipticCurvePrivateKey, ca_key: EllipticCurvePrivateKey, authority: Certificate) -> Certificate:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    known = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = _dated("localhost", "calmirror sandbox CA", key)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)
    return builder.add_extension(by, critical=False).sign(ca_key, SHA256())


def _dated(subject: str, issuer: str, key: EllipticCurvePrivateKey) -> CertificateBuilder:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    # By the real clock, as clients judge it, whatever the sandbox's own clock says.
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _written(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
