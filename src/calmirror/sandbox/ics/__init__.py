"""A stand-in of published calendars: a mailbox's calendar as Outlook publishes it, and feeds as they are given."""
