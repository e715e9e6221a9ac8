"""How Flickr is asked and read, piece by piece."""
