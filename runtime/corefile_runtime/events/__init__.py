"""What everything runs on: the event loop, threads beside it, and the log's output."""
