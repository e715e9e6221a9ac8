"""What decoding JSON that others wrote can raise."""

import msgspec

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Not JSON or of another shape, not text, or nested so deep that nobody means it."""
