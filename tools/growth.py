"""How the time to read what others wrote grows, from 1 kB to 1 MB: texts of each parser, then published calendars."""

import sys

import growth_feeds
import growth_texts

if __name__ == "__main__":
    sys.exit(growth_texts.report() | growth_feeds.report())
