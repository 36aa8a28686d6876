"""Desired events and links become a plan; guards; reasons. Pure: no clock, no network, no database."""
