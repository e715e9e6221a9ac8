"""How a board of phpBB or MyBB is asked and read, piece by piece."""
