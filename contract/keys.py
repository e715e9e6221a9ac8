"""Keys that are the same on every machine and in every run."""

from hashlib import blake2b


def stable_key(*parts: str | bytes) -> str:
    """Return 32 hexadecimal digits derived from the parts, which may hold any text.

    Bytes count as the text they are in UTF-8.
    """
    told = b""
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        told += len(encoded).to_bytes(8, "big") + encoded
    return blake2b(told, digest_size=16).hexdigest()
