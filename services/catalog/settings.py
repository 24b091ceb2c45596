"""What the catalog is told by its environment."""

from pydantic import Field, SecretStr

from shared.settings import ProcessSettings


class Settings(ProcessSettings):
    """The catalog's settings. Files lie in a folder (`file:///…`) or a bucket (`s3://…`), each of at most `file_bytes`.

    A bucket's keys may be left out where the machine itself is known to its owner.
    """

    database: str = "market_catalog"
    business_registry_url: str | None = Field(
        default=None, description="Asked about business numbers every week; without it operators check by hand"
    )
    files_url: str = Field(pattern=r"^(file:///|s3://)\S+$")
    files_endpoint: str = ""
    files_region: str = ""
    files_access_key_id: str = ""
    files_secret_access_key: SecretStr = SecretStr("")
    file_bytes: int = Field(default=20_000_000, ge=1)

    @property
    def bucket(self) -> dict[str, str]:
        """What the S3 API is told of a bucket, without what nobody said."""
        told = {
            "endpoint": self.files_endpoint,
            "region": self.files_region,
            "access_key_id": self.files_access_key_id,
            "secret_access_key": self.files_secret_access_key.get_secret_value(),
        }
        return {name: each for name, each in told.items() if each}
