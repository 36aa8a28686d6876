"""The stand-in of the Google Calendar API v3."""
