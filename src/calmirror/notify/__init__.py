"""Telling the outside how unattended runs go: a heartbeat, and commands of the user's own."""
