"""Stream ids: `category-id`, for example `aircraft-N14228`."""

import re
from typing import NewType

from tallygate.events.errors import InvalidStreamId

StreamId = NewType("StreamId", str)

MAX_BYTES = 256  # also a Kinesis partition key, which ends at 256 characters
_CATEGORY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID = re.compile(r"[!-~]+")  # visible ASCII: what a console, a log line and a shell all show alike


def stream_id(category: str, id: str) -> StreamId:
    """The stream of one thing: `stream_id("aircraft", "N14228")` is `aircraft-N14228`.

    Parameters
    ----------
    category : str
        What kind of thing: a lower-case letter, then at most 63 of `a-z 0-9 _`. No hyphen: the first one ends it.
    id : str
        Which one: visible ASCII without spaces.

    Raises
    ------
    InvalidStreamId
        If a part is malformed, or both together are longer than 256 bytes.
    """
    if not _CATEGORY.fullmatch(category):
        raise InvalidStreamId(
            f"the category {category!r} must be a lower-case letter and then at most 63 of a-z, 0-9, _"
        )
    if not _ID.fullmatch(id):
        raise InvalidStreamId(
            f"the id {id!r} of category {category} must be visible ASCII without spaces, and not empty"
        )
    text = f"{category}-{id}"
    if len(text) > MAX_BYTES:
        raise InvalidStreamId(
            f"the stream id {text[:40]}… has {len(text)} bytes, {MAX_BYTES} at most: shorten the id or hash it"
        )
    return StreamId(text)
