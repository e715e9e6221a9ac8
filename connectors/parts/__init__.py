"""What does not fit a platform's one file: a folder a platform, used by that file alone."""
