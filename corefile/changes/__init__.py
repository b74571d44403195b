"""What a rollout changes: two programs compared by what they do, not by how they are written."""
