"""The base of everything: the event loop, threads beside it, and the log's output."""
