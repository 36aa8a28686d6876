"""Outlook → the Google event it should become. Pure: no clock, no network, no database."""
