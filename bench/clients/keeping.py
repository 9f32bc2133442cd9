"""Connections kept alive against a new one for each call, behind TLS, as AWS is."""

import asyncio
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from statistics import median, quantiles
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mypy_boto3_dynamodb import DynamoDBClient

from bench.store.streams import ANYBODY
from tallygate import aws

CALLS = 300


@dataclass(frozen=True)
class Pace:
    """Milliseconds of a call: half of them are below the first figure, 95 % below the second."""

    p50: float
    p95: float


def compare(endpoint: str, table: str) -> dict[str, Pace]:
    """GetItem in turns: ours, and with the header `Connection: close`."""
    with tls(endpoint) as (secure, certificate):
        clients = {
            "kept alive (ours)": _client(secure, certificate, aws.config()),
            "closed after each call": _closing(_client(secure, certificate, aws.config())),
        }
        seconds: dict[str, list[float]] = {name: [] for name in clients}
        for number in range(CALLS + 20):
            for name, client in clients.items():
                started = time.perf_counter()
                client.get_item(TableName=table, Key={"pk": {"S": "a"}, "sk": {"N": "1"}})
                if number >= 20:
                    seconds[name].append(time.perf_counter() - started)
    return {name: Pace(1000 * median(took), 1000 * quantiles(took, n=20)[18]) for name, took in seconds.items()}


def _client(endpoint: str, certificate: Path, config: Config) -> DynamoDBClient:
    return boto3.client("dynamodb", endpoint_url=endpoint, verify=str(certificate), config=config, **ANYBODY)


def _closing(client: DynamoDBClient) -> DynamoDBClient:
    def close(request: Any, **_: object) -> None:
        request.headers["Connection"] = "close"

    client.meta.events.register("before-send.dynamodb.*", cast("Any", close))
    return client


@contextmanager
def tls(endpoint: str) -> Iterator[tuple[str, Path]]:
    """A TLS endpoint on this machine before a plain one, and the certificate to trust."""
    with tempfile.TemporaryDirectory(prefix="tls-") as name:
        certificate, key = _certificate(Path(name))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        target = urlsplit(endpoint)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        relay = _Relay(str(target.hostname), int(target.port or 80))
        serving = asyncio.start_server(relay.pass_on, "127.0.0.1", 0, ssl=context)
        server = asyncio.run_coroutine_threadsafe(serving, loop).result()
        try:
            yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", certificate
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@dataclass(frozen=True)
class _Relay:
    """Passes on what comes, both ways, until either side has gone."""

    host: str
    port: int

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(self.host, self.port)
        with suppress(asyncio.CancelledError):  # the end: Python 3.11 would print it
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))


async def _end(server: asyncio.Server) -> None:
    server.close()
    relaying = asyncio.all_tasks() - {asyncio.current_task()}
    for task in relaying:
        task.cancel()
    await asyncio.gather(*relaying, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except OSError:  # either side has gone
        pass
    finally:
        sink.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, made for this run, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    return paths
