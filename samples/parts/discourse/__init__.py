"""The town's forum: who says what, and how it goes over the wire."""
