"""What people say about what films say: claims and their occurrences."""
