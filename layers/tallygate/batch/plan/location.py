"""Where an object lies."""

import msgspec

FORMATS = ("csv", "jsonl")


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """An object in S3."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def gzipped(self) -> bool:
        """True for `….gz`."""
        return self.key.lower().endswith(".gz")

    @property
    def format(self) -> str:
        """The file's extension, before `.gz`: one of `FORMATS`."""
        return self.key.lower().removesuffix(".gz").rsplit(".", 1)[-1]
