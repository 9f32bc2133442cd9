"""botocore's models of services, without the prose in them.

A client parses its service's whole model when it is made, and most of that is documentation: without it the model of S3
is a sixth as long, and the layer's zip half as large. What a call needs is not touched;
`help(client.put_item)` in a function has no text any more.
"""

import gzip
import json
from pathlib import Path
from typing import Any

_PROSE = "documentation"
# A client's settings that choose its endpoint, a few lines: botocore takes it for granted that they are described.
_DESCRIBED = "clientContextParams"


def without_prose(site_packages: Path) -> None:
    """Write each model below `botocore/data` anew, if botocore is there. Its bytes depend on model and zlib alone."""
    for path in sorted((site_packages / "botocore" / "data").glob("*/*/service-2.json.gz")):
        model = json.loads(gzip.decompress(path.read_bytes()))
        short = _bare(model) | {part: value for part, value in model.items() if part == _DESCRIBED}
        text = json.dumps(short, separators=(",", ":"), ensure_ascii=False)
        path.write_bytes(_zipped(text.encode()))


def _zipped(data: bytes) -> bytes:
    """As gzip has it, without what Pythons say differently: the time, and the system (RFC 1952, byte 9: unknown)."""
    zipped = bytearray(gzip.compress(data, mtime=0))
    zipped[9] = 255
    return bytes(zipped)


def _bare(part: Any) -> Any:  # noqa: ANN401 (JSON)
    """A member may have that name too: what it is called by is a mapping, and prose is text."""
    if isinstance(part, dict):
        return {key: _bare(value) for key, value in part.items() if key != _PROSE or not isinstance(value, str)}
    return [_bare(one) for one in part] if isinstance(part, list) else part
