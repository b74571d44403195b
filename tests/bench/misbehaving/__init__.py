"""A plugin package for the bench: `misbehaves STEP` opens everything that a plugin can have, and fails at that step."""
