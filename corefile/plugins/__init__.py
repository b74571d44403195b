"""The plugins: one file each, in the order of `order.py`, described with the types of `spec.py`."""
