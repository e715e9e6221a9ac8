"""How Bluesky is asked and read, piece by piece."""
