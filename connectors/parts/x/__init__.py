"""How X is asked and read, piece by piece."""
