"""Moving in and out: an earlier script's set-up, the copies of other tools, and taking back all that we made."""
