"""The catalogue over REST: one module for each kind of row."""
