"""Messages as bytes: what the path of a query touches, without an object for each record."""
