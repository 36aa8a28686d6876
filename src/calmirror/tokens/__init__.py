"""Sign-ins: kept safe on disk, refreshed by one process at a time, made by a person in a browser."""
