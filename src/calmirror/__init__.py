"""calmirror keeps a Google calendar an exact mirror of an Outlook calendar."""

__version__ = "0.1.0"
