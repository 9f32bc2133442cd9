"""Dispatches chunks by asynchronous invocation of the worker function."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tallygate import aws
from tallygate.batch.chunk_task import ChunkTask
from tallygate.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaDispatcher:
    """Hands chunks to a Lambda function.

    Parameters
    ----------
    function : str
        The worker function's name.
    client : LambdaClient, optional
        Default: the process's client with Tallygate's deadlines, made when it is first needed.
    """

    def __init__(self, function: str, client: "LambdaClient | None" = None) -> None:
        self._function = function
        self._given = client

    @property
    def _client(self) -> "LambdaClient":
        return self._given or aws.functions()

    def send(self, task: ChunkTask) -> None:
        """See `Dispatcher.send`. Raises `Unavailable`: the chunk is sent when its next dispatch is due."""
        try:
            self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=json.dumps(task.to_json()))
        except (ClientError, BotoCoreError) as exc:
            if not aws.is_unanswered(exc):
                raise
            raise Unavailable(f"{self._function} could not be invoked ({exc}): it is tried again later") from exc

    def backlog(self) -> int:
        """See `Dispatcher.backlog`. None that we could see: Lambda takes what it is sent."""
        return 0
