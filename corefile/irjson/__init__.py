"""Programs as JSON: what `corefile ir` prints, and its schema."""
