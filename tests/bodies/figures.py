"""Prints what becomes of the corpus of bodies: `python tests/bodies/figures.py`."""

from __future__ import annotations

import hashlib
import sys
from time import perf_counter

from body_corpus import CORPUS
from body_sample import Sample

from calmirror.model.policy import Profile
from calmirror.translate.html import sanitised
from calmirror.translate.meeting import description, join_link


def described(sample: Sample) -> str:
    """The description of an event with this body."""
    return description(sample.event(), profile=Profile.FULL)


def digest() -> str:
    """One word for all descriptions: the same on every machine, in every run."""
    return hashlib.sha256("\0".join(map(described, CORPUS)).encode()).hexdigest()[:16]


def timed(sample: Sample) -> float:
    """Milliseconds for one description, nothing remembered."""
    sanitised.cache_clear()
    begun = perf_counter()
    described(sample)
    return (perf_counter() - begun) * 1000


def figures() -> list[str]:
    """The lines to print."""
    described(CORPUS[0])  # loads the sanitiser
    times = {sample.name: timed(sample) for sample in CORPUS}
    lengths = {sample.name: len(described(sample)) for sample in CORPUS}
    sizes = {sample.name: len(sample.content) for sample in CORPUS}
    slowest, longest, largest = (max(table, key=table.__getitem__) for table in (times, lengths, sizes))
    there = [sample for sample in CORPUS if sample.link]
    found = sum(join_link(sample.event()) == sample.link for sample in there)
    wrong = sum(bool(join_link(sample.event())) for sample in CORPUS if not sample.link)
    return [
        f"bodies: {len(CORPUS)}, {sum(sizes.values()) / 1024:.0f} KiB in all",
        f"largest: {sizes[largest] / 1024:.0f} KiB ({largest})",
        f"longest description: {lengths[longest]} characters ({longest})",
        f"slowest: {times[slowest]:.1f} ms ({slowest}); all: {sum(times.values()):.0f} ms",
        f"links: {found} of {len(there)} found, {wrong} where there is none",
        f"digest: {digest()}",
    ]


if __name__ == "__main__":
    sys.stdout.write("\n".join(figures()) + "\n")
