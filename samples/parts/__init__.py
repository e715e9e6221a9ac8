"""What does not fit the file that answers for a platform: a folder a platform."""
