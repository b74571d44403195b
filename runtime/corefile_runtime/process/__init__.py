"""The process: engine, configurations and their change."""
