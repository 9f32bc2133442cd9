"""A process that is really gone: an item ends it, again and again, until it is known."""

import json
import os
import subprocess
import sys
import time
from uuid import uuid4

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from local.paths import ROOT
from tallygate import clock
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Execution, Planner
from tallygate.batch.records import Failure
from tallygate.batch.work.handover import KILLED
from tests.faults import killed_worker
from tests.tables import create_batches_table


@pytest.mark.long
def test_a_worker_killed_by_an_item_comes_back_until_the_item_is_poison(
    dynamodb_local_client: DynamoDBClient,
) -> None:
    table = create_batches_table(dynamodb_local_client, f"batches-{uuid4()}")
    records, objects = DynamoDBBatchStore(table, dynamodb_local_client), killed_worker.objects()
    request = {"manifest": str(killed_worker.MANIFEST), "chunk_size": 30, "item_concurrency": 5}
    workers = killed_worker.WORKERS
    planner = Planner(records, ManifestMaker(objects, workers), workers)
    planner.plan(request, Execution(name="b1", started=clock.utc_now()))
    manifest = records.manifest("b1", 0)
    assert manifest is not None
    (chunk,) = ChunkIndex(objects, manifest.index, 1)
    task = json.dumps(ChunkTask("b1", 0, chunk).to_json())
    endpoint = dynamodb_local_client.meta.endpoint_url
    paths, ended = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers'}"}, []
    for _ in range(5):
        worker = [sys.executable, "-m", "tests.faults.killed_worker", endpoint, table, task]
        ended.append(subprocess.run(worker, env=os.environ | paths, check=False, timeout=60).returncode)
        time.sleep(killed_worker.LEASE_SECONDS + 0.1)
    # All items at once; five of them, announced; twice it alone; and the attempt that leaves it out.
    assert ended == [killed_worker.DEAD] * 4 + [0]
    (record,) = records.chunks(manifest)
    assert (record.ok, record.failures) == (29, (Failure("17", KILLED, 17),))
