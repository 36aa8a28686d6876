"""The bodies on which descriptions are tried; built from templates, the same each time."""

from __future__ import annotations

from body_invitations import invitations
from body_sample import Sample
from body_texts import texts

CORPUS: tuple[Sample, ...] = (*invitations(), *texts())
