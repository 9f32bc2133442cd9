"""A restore on a DynamoDB whose looks are behind: what the emulator never shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tallygate.deadline import Deadline
from tallygate.restore.asked import Asked, Window
from tallygate.restore.restorer import Restorer
from tallygate.restore.tables import Table

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
ASKED = Asked(environment="dev", at=AT, source="tallygate-dev-events", epoch=2)
SOURCE = Table(
    name=ASKED.source, arn="arn:source", status="ACTIVE", is_protected=False, stream="arn:stream", encryption={},
    origin="", restored_to=None,
)  # fmt: skip


class LaggingTables:
    """Two tables; a stream that was turned on is not seen at the first looks."""

    def __init__(self) -> None:
        self.target: Table | None = None
        self.unseen = 0

    def look(self, name: str, until: Deadline) -> Table | None:
        if name == ASKED.source:
            return SOURCE
        if self.target is not None and self.unseen:
            self.unseen -= 1
            return replace(self.target, stream="")
        return self.target

    def window(self, name: str, until: Deadline) -> Window | None:
        return Window(earliest=AT - timedelta(days=1), latest=AT + timedelta(days=1))

    def restore(self, source: Table, target: str, at: datetime, until: Deadline) -> None:
        self.target = replace(source, name=target, arn="arn:target", stream="", origin=source.arn, restored_to=at)

    def keep_backups(self, name: str, until: Deadline) -> None:
        """Has them."""

    def stream(self, name: str, until: Deadline) -> None:
        assert self.target is not None
        self.target, self.unseen = replace(self.target, stream="arn:new-stream"), 3

    def protect(self, name: str, until: Deadline) -> None:
        """Is not asked for."""

    def tag_like(self, table: Table, model: Table, until: Deadline) -> None:
        """Has none."""


class Parameters(dict[str, str]):
    """What was written down."""

    def put(self, name: str, stream: str, until: Deadline) -> None:
        self[name] = stream


def test_the_stream_is_written_down_only_when_it_is_seen() -> None:
    parameters = Parameters()
    restorer = Restorer(LaggingTables(), parameters, lambda _: None, poll_seconds=0.01, now=lambda: AT)
    assert restorer.restore(ASKED, Deadline.after(5)).stream == "arn:new-stream"
    assert parameters == {ASKED.stream_parameter: "arn:new-stream"}
