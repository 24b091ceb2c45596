"""Where files lie, as the settings say it."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.catalog.files.storage import Storage


class Place:
    """A folder, `file:///…`, which replicas on several machines have to share; or a bucket, `s3://bucket/prefix`."""

    def __init__(self, url: str, bucket: Mapping[str, str]) -> None:
        """`bucket` is what the S3 API is told: endpoint, region, access_key_id, secret_access_key."""
        self._url = url
        self._bucket = bucket

    @cached_property
    def storage(self) -> "Storage":
        """What writes and reads there; loaded when it is first needed, for it and its threads take 15 MB."""
        from services.catalog.files.storage import Storage  # noqa: PLC0415

        return Storage(self._url, self._bucket)
