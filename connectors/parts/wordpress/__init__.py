"""How a WordPress site is asked and read, piece by piece."""
