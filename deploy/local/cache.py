"""Where fetched and built programs are kept: outside the checkout, shared by all checkouts of a user."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """`TECHMARKET_CACHE`, else `~/.cache/techmarket`."""
    return Path(os.environ.get("TECHMARKET_CACHE", Path.home() / ".cache" / "techmarket"))
