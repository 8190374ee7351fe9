"""Members: who they are, how they prove it, what their tokens may do."""
