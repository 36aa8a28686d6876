"""Ids as Exchange makes them: opaque to a client, but with the anatomy (and the traps) of real ones."""

from __future__ import annotations

import base64
import random
from datetime import date

_TO_WIRE = bytes.maketrans(b"/+", b"-_")
"""Graph swaps the two odd letters the other way round than RFC 4648."""
_FROM_WIRE = bytes.maketrans(b"-_", b"/+")
_MAILBOX = b"\x00\x03\x24\x00"
"""How every id begins that names its mailbox."""
_HEAD = 40
_DOT = 8
"""Where the dot is in an id that has one."""
_SINGLE_MARK = bytes.fromhex("00460000000000")
_OCCURRENCE_MARK = bytes.fromhex("01510008")
_OCCURRENCE_REST = bytes.fromhex("4600000000")
_TICKS_PER_DAY = 864_000_000_000


class IdMint:
    """Mints the ids of one mailbox; deterministic for one seed."""

    def __init__(self, seed: str, *, consumer: bool = False) -> None:
        self._random = random.Random(seed)  # noqa: S311  predictable on purpose: the same run mints the same ids
        self._store = self._random.randbytes(16)
        self._folder = self._random.randbytes(16)
        self._counter = self._random.randrange(1 << 16, 1 << 24)
        self._change = self._random.randrange(1 << 16, 1 << 24)
        self._twin = ""
        self._pairs = 0
        self.mailbox_guid = self.guid()
        if consumer:
            self.mailbox_guid = f"00037ffe-{self.mailbox_guid[9:18]}-0000-000000000000"[:36]

    def guid(self) -> str:
        """A random GUID."""
        raw = self._random.randbytes(16).hex()
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"

    def token(self, length: int = 220) -> str:
        """Opaque URL-safe text for a delta or skip token."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
        return "".join(self._random.choices(letters, k=length))

    def event(self, *, consumer: bool = False, twins: bool = False, dotted: bool = False) -> str:
        """A new event's id. `twins`: every second one is a near copy of the one before. `dotted`: it has a dot."""
        if twins and self._twin:
            made, self._twin = self._near_copy(self._twin), ""
            return made
        made = encode(self._raw(b"\x01\x0d", _SINGLE_MARK), consumer=consumer, dotted=dotted)
        self._twin = made if twins else ""
        return made

    def immutable(self) -> str:
        """The id that an event keeps wherever it goes."""
        self._counter += 1
        raw = bytes.fromhex("0009002e0000000000") + self._random.randbytes(31) + _SINGLE_MARK + self._store
        return encode(raw + b"\x07\x00" + self._folder + self._counter.to_bytes(6, "big") + b"\x00\x00")

    def calendar(self, *, consumer: bool = False) -> str:
        """A calendar's id."""
        return encode(self._raw(b"\x01\x0d", bytes.fromhex("002e0000000000")), consumer=consumer)

    def group(self, *, consumer: bool = False) -> str:
        """A calendar group's id."""
        return encode(self._raw(b"\x01\x06", bytes.fromhex("00460000000000")), consumer=consumer)

    def change_key(self) -> str:
        """The next version mark; never given twice."""
        self._change += 1
        return base64.b64encode(self._folder + self._change.to_bytes(6, "big")).decode()

    def ical_seed(self, created: float) -> bytes:
        """What all iCalUIds of one event have in common: creation time and a GUID."""
        filetime = int((created + 11_644_473_600) * 10_000_000)
        guid = self._random.randbytes(16)
        return filetime.to_bytes(8, "little") + bytes(8) + (16).to_bytes(4, "little") + guid

    def is_foreign(self, text: str) -> bool:
        """Whether an id names another mailbox than the one that these ids are made for."""
        raw = decode(text) or b""
        named = raw.startswith(_MAILBOX) and len(raw) > _HEAD
        return named and raw[len(_MAILBOX) : _HEAD] != self.mailbox_guid.encode()

    def _raw(self, kind: bytes, mark: bytes) -> bytes:
        self._counter += 1
        return b"".join((
            _MAILBOX, self.mailbox_guid.encode(), mark, self._store, b"\x07\x00", self._folder,
            bytes(4), kind, bytes(2), self._folder, self._counter.to_bytes(6, "big"), bytes(2),
        ))  # fmt: skip

    def _near_copy(self, text: str) -> str:
        """Differs from `text` in the case of one letter, or (every second time) in one `-` against `_`."""
        self._pairs += 1
        marks = [i for i, letter in enumerate(text) if letter in "-_"]
        if self._pairs % 2 == 0 and marks:
            at = marks[-1]
            return text[:at] + ("_" if text[at] == "-" else "-") + text[at + 1 :]
        at = max(i for i, letter in enumerate(text[:-8]) if letter.isalpha())
        return text[:at] + text[at].swapcase() + text[at + 1 :]


def encode(raw: bytes, *, consumer: bool = False, dotted: bool = False) -> str:
    """Id bytes as text; a personal account's are run-length coded."""
    coded = b"\x01" + _pack(raw[1:]) if consumer else raw
    text = base64.b64encode(coded).translate(_TO_WIRE).decode()
    return f"{text[:_DOT]}.{text[_DOT:]}" if dotted else text


def decode(text: str) -> bytes | None:
    """The bytes of an id; None where it is malformed."""
    try:
        raw = base64.b64decode(text.replace(".", "").encode("ascii").translate(_FROM_WIRE), validate=True)
    except ValueError:
        return None
    if raw[:1] == b"\x01":
        return b"\x00" + _unpack(raw[1:])
    return raw if raw[:1] == b"\x00" else None


def occurrence_id(series_id: str, original: date) -> str:
    """An occurrence's id: its series' id with the original date's .NET ticks inside."""
    raw = decode(series_id) or b""
    ticks = (original.toordinal() - 1) * _TICKS_PER_DAY
    middle = _OCCURRENCE_MARK + ticks.to_bytes(8, "big") + _OCCURRENCE_REST
    form = {"consumer": series_id.startswith("AQ"), "dotted": "." in series_id}
    return encode(raw[:_HEAD] + middle + raw[_HEAD + len(_SINGLE_MARK) :] + b"\x10", **form)


def split_occurrence_id(text: str) -> tuple[str, date] | None:
    """Series id and original date of an occurrence's id; None where it is none."""
    raw = decode(text)
    if raw is None or raw[_HEAD : _HEAD + 4] != _OCCURRENCE_MARK:
        return None
    days, rest = divmod(int.from_bytes(raw[_HEAD + 4 : _HEAD + 12], "big"), _TICKS_PER_DAY)
    if rest or days >= date.max.toordinal():
        return None
    tail = raw[_HEAD + 12 + len(_OCCURRENCE_REST) : -1]
    series = encode(raw[:_HEAD] + _SINGLE_MARK + tail, consumer=text.startswith("AQ"), dotted="." in text)
    return series, date.fromordinal(days + 1)


def ical_uid(seed: bytes, original: date | None) -> str:
    """The iCalUId: that of an occurrence has its original date in the bytes that are zero in its series'."""
    day = original.year.to_bytes(2, "big") + bytes((original.month, original.day)) if original else bytes(4)
    return (bytes.fromhex("040000008200E00074C5B7101A82E008") + day + seed).hex().upper()


def _pack(raw: bytes) -> bytes:
    """Two equal bytes are followed by how many more of them come."""
    packed, at = bytearray(), 0
    while at < len(raw):
        run = 1
        while at + run < len(raw) and raw[at + run] == raw[at] and run < 257:
            run += 1
        packed += raw[at : at + 1] if run == 1 else bytes((raw[at], raw[at], run - 2))
        at += run
    return bytes(packed)


def _unpack(packed: bytes) -> bytes:
    raw, at = bytearray(), 0
    while at < len(packed):
        paired = packed[at + 1 : at + 2] == packed[at : at + 1] and at + 2 < len(packed)
        raw += packed[at : at + 1] * (2 + packed[at + 2] if paired else 1)
        at += 3 if paired else 1
    return bytes(raw)
