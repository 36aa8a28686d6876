"""Faithful stand-ins of both services. Written from their documentation alone; shares no thinking with the product."""
