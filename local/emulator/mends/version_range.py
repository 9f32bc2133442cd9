"""GetObject honours Range also where a VersionId is given.

The emulator sends the whole object with status 200. A worker that reads its chunk's bytes of the version that was
planned would get the whole manifest instead.
"""

from typing import Any

from local.emulator.patching import module, rewrite

CHECKSUMS = '(headers.get("x-amz-checksum-mode") or "").upper() == "ENABLED"\n                vobj ='
CHECKSUMS_MENDED = CHECKSUMS.replace("\n", ' and not headers.get("range")\n')
WHOLE = "if body is None:\n                    break\n                return 200, resp_headers, body\n"
PART = (
    "if body is None:\n                    break\n"
    "                return _tallygate_part(headers, resp_headers, body, bucket_name, key)\n"
)

Answer = tuple[int, dict[str, str], bytes]


def part(asked: dict[str, str], headers: dict[str, str], body: bytes, bucket: str, key: str) -> Answer:
    """Return the part of `body` that the request's Range asks for, as for an object without versions."""
    wanted = asked.get("range", "")
    if not wanted:
        return 200, headers, body
    s3: Any = module("services.s3")
    found = s3._parse_range(wanted, len(body))  # noqa: SLF001
    if found is None:
        refusal = {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}
        return 416, refusal, s3._xml_body(s3._range_error_xml(bucket, key))  # noqa: SLF001
    first, last = found
    content = body[first : last + 1]
    described = {"Content-Length": str(len(content)), "Content-Range": f"bytes {first}-{last}/{len(body)}"}
    return 206, {**headers, **described}, content


def apply() -> None:
    """Cut the range out of the version's body."""
    rewrite(
        module("services.s3"),
        "_get_object",
        (CHECKSUMS, CHECKSUMS_MENDED),
        (WHOLE, PART),
        _tallygate_part=part,
    )
