"""The stand-in of Microsoft's sign-in service, from the device code page to the errors of its token endpoint."""
