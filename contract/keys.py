"""Keys that are the same on every machine and in every run."""

from hashlib import blake2b


def stable_key(*parts: str) -> str:
    """Return 32 hexadecimal digits derived from the parts, which may hold any text."""
    digest = blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()
