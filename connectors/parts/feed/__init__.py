"""How a feed is asked and read, piece by piece."""
