"""Tables of bad input in the documents: what, the error's name, and the beginning of its message."""

import re
from collections.abc import Mapping

from tests.docs.test_documents import ROOT

ROW = re.compile(r"^\| ([^|]+) \| `(\w+)` \| (.+) \|$", re.MULTILINE)


def bad_input(document: str) -> Mapping[str, tuple[str, str]]:
    """Error and message by what was tried."""
    return {what: (error, says) for what, error, says in ROW.findall((ROOT / document).read_text())}


def fits(says: str, message: str) -> bool:
    """True if the message begins as the document says; `…` there stands for anything."""
    pattern = "".join(".+" if part == "…" else re.escape(part) for part in re.split("(…)", says))
    return re.match(pattern, message) is not None
