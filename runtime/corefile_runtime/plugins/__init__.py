"""Behaviour of the plugins: one module per plugin, named as in the Corefile, with its `HANDLER`."""
