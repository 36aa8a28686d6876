"""`python -m calmirror`."""

from calmirror.cli.main import run

run()
