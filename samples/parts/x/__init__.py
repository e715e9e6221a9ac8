"""The town on X: who says what, and how it goes over the wire."""
