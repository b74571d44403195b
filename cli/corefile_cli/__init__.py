"""The `corefile` command: one file per subcommand, and nothing about how the work is done."""
