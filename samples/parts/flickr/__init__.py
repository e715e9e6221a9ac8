"""The town on Flickr: who says what, and how it goes over the wire."""
