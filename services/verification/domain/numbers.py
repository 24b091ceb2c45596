"""The numbers of certificates."""

import hashlib
from datetime import date

SERIALS = 1_000_000


def certificate_number(institution: str, review: str, issued: date, attempt: int) -> str:
    """Return `TM-<year>-<institution>-<serial>`: the same for the same review and attempt, short enough to read out.

    The serial is drawn from the review's id, so two may fall together: the claim refuses the second, which then
    draws again with the next `attempt`.
    """
    digest = hashlib.blake2b(f"{review}|{attempt}".encode(), digest_size=8).digest()
    serial = int.from_bytes(digest, "big") % SERIALS
    return f"TM-{issued.year}-{institution[-6:].upper()}-{serial:06d}"
