"""The town's instance of Mastodon, piece by piece."""
