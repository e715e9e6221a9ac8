"""How a Discourse forum is asked and read, piece by piece."""
