"""Several processes that answer as one: a supervisor, and workers on sockets that share their ports."""
