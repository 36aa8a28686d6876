"""The source side: Microsoft Graph, read and never written."""
