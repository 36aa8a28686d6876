"""What a user writes: calmirror.toml, found, read and checked whole."""

from calmirror.config.find import find
from calmirror.config.load import load
from calmirror.config.settings import GoogleSettings, MicrosoftSettings, MirrorSettings, NotifySettings, Settings

__all__ = ["GoogleSettings", "MicrosoftSettings", "MirrorSettings", "NotifySettings", "Settings", "find", "load"]
