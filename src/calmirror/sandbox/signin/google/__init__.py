"""The stand-in of Google's sign-in service, from the unverified-app warning to service accounts."""
