"""One run, verify, repair: where the pure core and the services meet."""
