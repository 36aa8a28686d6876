"""Stand-ins of both sign-in services: pages for a person, token endpoints for a program, TLS of their own."""
