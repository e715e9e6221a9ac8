"""Keys that are the same on every machine and in every run."""

from hashlib import blake2b


def stable_key(*parts: str | bytes) -> str:
    """Return 32 hexadecimal digits derived from the parts, which may hold any text.

    Bytes count as the text they are in UTF-8.
    """
    encoded = [
        part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part for part in parts
    ]
    told = b"".join([len(part).to_bytes(8, "big") + part for part in encoded])
    return blake2b(told, digest_size=16).hexdigest()
