"""How a server of the fediverse is asked and read, piece by piece."""
