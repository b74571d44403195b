"""Other servers: their sockets, their health, and which one to ask."""
