"""The town's allotment board: who says what, and how it goes over the wire."""
