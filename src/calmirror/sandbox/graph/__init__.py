"""Microsoft Graph's calendar API, in process: same routes, shapes, traps and limits, and a person to edit events."""
