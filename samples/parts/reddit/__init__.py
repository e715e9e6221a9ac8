"""The town's community on Reddit: who says what, and how it goes over the wire."""
