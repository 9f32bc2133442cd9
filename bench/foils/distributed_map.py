"""The later version: a Distributed Map with one Standard child per item, counted by the map run itself.

Step Functions starts each child once and keeps its fate, so that the counts are exact: of children. At most 100
Standard children start a second, and each costs two state transitions. With 100 items to a child both shrink, and what
is counted exactly is batches: one item that fails takes the others of its batch with it, done or not.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

RETRIED = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",  # its process was killed
    "Sandbox.Timedout",
)
"""What the function can't help. Its own errors are the item's fate."""


class DistributedMap:
    """A state machine's definition, and how its map run is read."""

    name: ClassVar[str] = "8 Distributed Map, a child per item"
    batch_size: ClassVar[int] = 1
    child: ClassVar[str] = "STANDARD"

    @classmethod
    def definition(cls, function: str, *, concurrency: int = 1000) -> dict[str, Any]:
        """The states.

        Parameters
        ----------
        function : str
            ARN of the Lambda function that works on an item, or on a batch of items.
        concurrency : int
            Children at a time.
        """
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function, "Payload.$": "$"},
            "ResultSelector": {},
            "Retry": [{"ErrorEquals": list(RETRIED), "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 6}],
            "End": True,
        }
        items: dict[str, Any] = {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": concurrency,
            "ToleratedFailurePercentage": 100,
            "ResultPath": None,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": cls.child},
                "StartAt": "Work",
                "States": {"Work": task},
            },
            "End": True,
        }
        if cls.batch_size > 1:
            items["ItemBatcher"] = {"MaxItemsPerBatch": cls.batch_size}
        return {"StartAt": "Items", "States": {"Items": items}}

    @staticmethod
    def counted(map_run: Mapping[str, Any]) -> int:
        """How many items are counted, from the answer of `DescribeMapRun`."""
        return int(map_run["itemCounts"]["succeeded"])

    @staticmethod
    def finished(map_run: Mapping[str, Any]) -> bool:
        """Whether the execution goes on past the map."""
        return bool(map_run["status"] == "SUCCEEDED")


class BatchedMap(DistributedMap):
    """The same with 100 items to an Express child."""

    name: ClassVar[str] = "9 Distributed Map, batches of 100"
    batch_size: ClassVar[int] = 100
    child: ClassVar[str] = "EXPRESS"
