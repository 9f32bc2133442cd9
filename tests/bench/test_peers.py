"""The comparison's own instruments: exact payloads, the units proxy, the trials (without any peer installed)."""

import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from mypy_boto3_dynamodb import DynamoDBClient

from bench.peers import installation, trials
from bench.peers.billing import calibrate
from bench.peers.driver import Driver, DriverError
from bench.peers.drivers.tally import tally
from bench.peers.payload import LARGE, SIZES, SMALL, TRACE, compact, flight, flights, traced_flight
from bench.peers.stores import TALLYGATE, Store
from bench.peers.units_proxy import UnitsProxy
from tests.conftest import ANYBODY
from tests.tables import create_events_table

pytestmark = pytest.mark.long

CARELESS = Store(name="careless", command=(sys.executable, "-m", "tests.bench.careless"))
KEY_BYTES = len("pksks") + 2 + len("text")  # names, the number 1 in two bytes, the name of what is filled


@pytest.fixture(scope="module")
def endpoint(dynamodb_local_client: DynamoDBClient) -> str:
    return dynamodb_local_client.meta.endpoint_url


@pytest.fixture(scope="module")
def proxy(endpoint: str) -> Iterator[UnitsProxy]:
    with UnitsProxy(upstream=endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def client(proxy: UnitsProxy) -> DynamoDBClient:
    """A client that never sends a call twice."""
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    return boto3.client("dynamodb", endpoint_url=proxy.endpoint, config=once, **ANYBODY)


@pytest.fixture
def table(client: DynamoDBClient, proxy: UnitsProxy) -> str:
    name = create_events_table(client, f"events-{uuid4()}")
    proxy.take()
    return name


def put(client: DynamoDBClient, table: str, size: int, sk: int = 1, **more: str) -> None:
    """Put an item of `size` bytes as DynamoDB counts them."""
    item = {"pk": {"S": "s"}, "sk": {"N": str(sk)}, "text": {"S": "x" * (size - KEY_BYTES)}}
    client.put_item(TableName=table, Item=item, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=[TALLYGATE, CARELESS], ids=lambda store: store.name)
def store(request: pytest.FixtureRequest, endpoint: str) -> Store:
    store: Store = request.param
    with Driver(store, endpoint) as driver:
        driver.create()
    return store


@pytest.mark.parametrize("size", SIZES)
def test_a_flight_has_exactly_its_size_and_is_the_same_each_time(size: int) -> None:
    for number in (0, 7, 99_999):
        assert len(compact(flight(number, size)).encode()) == size
        assert flight(number, size) == flight(number, size)
    assert flight(1, size)["remarks"] != flight(2, size)["remarks"]


def test_a_flight_smaller_than_its_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="a flight of 100 bytes can't be made: give 1"):
        flight(1, 100)


def test_the_long_stream_is_longer_than_a_page_however_it_is_compressed() -> None:
    records = [compact(traced_flight(number)).encode() for number in range(trials.LONG)]
    assert {len(record) for record in records} == {TRACE}
    assert sum(len(zlib.compress(record, 9)) for record in records) > 1024 * 1024


def test_node_drivers_fold_to_the_same_tally() -> None:
    """Keys in another order: DynamoDB's maps keep none."""
    records = [dict(reversed(record.items())) for record in flights(range(5), LARGE)]
    script = (
        f"import {{ after, EMPTY }} from {json.dumps(str(installation.HERE / 'drivers' / 'tally.mjs'))};"
        "console.log(JSON.stringify(JSON.parse(process.argv[1]).reduce(after, EMPTY)))"
    )
    command = ["node", "--input-type=module", "--eval", script, json.dumps(records)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    expected = tally(flights(range(5), LARGE))
    assert (said["count"], said["digest"]) == (expected.count, expected.digest)


def test_an_environment_is_made_once_for_each_lock(tmp_path: Path) -> None:
    lock, folder, made = tmp_path / "lock.txt", tmp_path / "environment", []

    def make() -> None:
        made.append(lock.read_text())
        folder.mkdir(exist_ok=True)

    for content in ("one", "one", "two", "two"):
        lock.write_text(content)
        installation._once(folder, (lock,), make)
    assert made == ["one", "two"]


def test_a_put_is_counted_by_the_kilobyte(client: DynamoDBClient, proxy: UnitsProxy, table: str) -> None:
    put(client, table, 1024)
    assert (proxy.take().write, proxy.take().write) == (1.0, 0.0)
    put(client, table, 1025)
    units = proxy.take()
    assert (units.write, units.read, units.refused, dict(units.calls)) == (2.0, 0.0, 0, {"PutItem": 1})


def test_a_query_is_counted_by_what_it_reads(client: DynamoDBClient, proxy: UnitsProxy, table: str) -> None:
    for sk in range(8):
        put(client, table, 1024, sk)
    assert proxy.take().write == 8.0
    for consistent, expected in ((True, 2.0), (False, 1.0)):
        answer = client.query(
            TableName=table,
            KeyConditionExpression="pk = :s",
            ExpressionAttributeValues={":s": {"S": "s"}},
            ConsistentRead=consistent,
        )
        units = proxy.take()
        assert (len(answer["Items"]), units.read, units.write) == (8, expected, 0.0)


def test_a_batch_is_the_sum_of_its_tables(client: DynamoDBClient, proxy: UnitsProxy, table: str) -> None:
    other = create_events_table(client, f"events-{uuid4()}")
    puts = [{"PutRequest": {"Item": {"pk": {"S": "s"}, "sk": {"N": str(sk)}}}} for sk in range(3)]
    client.batch_write_item(RequestItems={table: puts, other: puts[:2]})  # type: ignore[dict-item]
    assert proxy.take().write == 5.0


def test_a_transaction_is_billed_two_units_a_kilobyte_whatever_is_reported(
    client: DynamoDBClient, proxy: UnitsProxy, table: str
) -> None:
    billing = calibrate(client, f"calibration-{uuid4()}")
    proxy.take()
    item = {"pk": {"S": "s"}, "sk": {"N": "1"}, "text": {"S": "x" * 1500}}
    client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item}}])
    put(client, table, 1024, 2)
    assert billing.write_units(proxy.take()) == 5.0


def test_a_refused_put_is_counted_as_refused(client: DynamoDBClient, proxy: UnitsProxy, table: str) -> None:
    put(client, table, 1024)
    proxy.take()
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        put(client, table, 1024, ConditionExpression="attribute_not_exists(pk)")
    units = proxy.take()
    assert (units.write, units.refused, units.calls["PutItem"]) == (0.0, 1, 1)


def test_a_write_whose_answer_is_lost_has_landed(
    client: DynamoDBClient, dynamodb_local_client: DynamoDBClient, proxy: UnitsProxy, table: str
) -> None:
    proxy.lose_next_answer()
    with pytest.raises(ConnectionClosedError):
        put(client, table, 1024)
    assert dynamodb_local_client.scan(TableName=table)["Count"] == 1
    put(client, table, 1024, 2)
    units = proxy.take()
    assert (units.lost, units.write) == (1, 2.0)


def test_two_writers_are_judged_by_what_is_stored(store: Store, endpoint: str) -> None:
    verdict = trials.race(store, endpoint)
    expected = trials.ONE_WINS if store is TALLYGATE else trials.LOST_UPDATE
    assert (verdict.text, verdict.kept) == (f"{expected} (10 of 10)", store is TALLYGATE)


def test_a_lost_answer_is_judged_by_what_is_stored(store: Store, endpoint: str, proxy: UnitsProxy) -> None:
    """A put without a condition survives it: sent again, it overwrites itself."""
    verdict = trials.lost_answer(store, proxy, endpoint)
    assert (verdict.text, verdict.kept) == (f"{trials.STORED_ONCE} (3 of 3)", True)


def test_a_stream_that_is_read_in_part_is_seen(store: Store, endpoint: str) -> None:
    verdict = trials.long_stream(store, endpoint)
    if store is TALLYGATE:
        assert verdict.text == trials.WHOLE
    else:
        assert verdict.text.startswith("the first 4")
    assert verdict.kept == (store is TALLYGATE)


def test_a_store_that_cannot_run_a_trial_is_reported_in_its_own_words() -> None:
    def trial() -> trials.Verdict:
        raise DriverError("careless: NoSuchTable: bench-careless")

    verdict = trials.attempt(trial)
    assert (verdict.text, verdict.kept, verdict.errors) == (
        "could not be run",
        False,
        ["careless: NoSuchTable: bench-careless"],
    )


def test_a_driver_that_does_not_start_says_why(endpoint: str) -> None:
    missing = Store(name="missing", command=(sys.executable, "-m", "tests.bench.no_such_driver"))
    with pytest.raises(DriverError, match=r"missing: the driver ended: .*No module named tests.bench.no_such_driver"):
        Driver(missing, endpoint).__enter__()


def test_what_a_store_refuses_is_told_with_its_words(store: Store, endpoint: str) -> None:
    with Driver(store, endpoint) as driver:
        driver.load("words")
        driver.append(flights(range(2), SMALL))
        assert driver.load("words").tally == tally(flights(range(2), SMALL))
        with pytest.raises(DriverError, match=r"already exists|preexisting"):
            driver.create()
