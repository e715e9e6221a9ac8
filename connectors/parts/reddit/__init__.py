"""How Reddit is asked and read, piece by piece."""
