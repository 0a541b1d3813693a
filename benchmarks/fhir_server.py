"""
A FHIR server that takes its time: answers what it is told to, each query after the same pause.

In a process of its own, so that its work is not counted as ours.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import requests
import uvicorn

Message = dict[str, Any]

COUNTS: Final = "/counts"
_EMPTY: Final = b'{"resourceType":"Bundle","type":"searchset","total":0}'
_UNKNOWN: Final = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x"}]}'


def application(
    answers: Mapping[str, bytes], seconds: float
) -> Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]:
    """`answers`: path and query → body; any other search finds nothing, any other read is 404."""
    connections: set[tuple[str, int]] = set()
    queries = 0

    async def answer(
        scope: Message,
        _: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        nonlocal queries
        if scope["path"] == COUNTS:
            status, body = 200, json.dumps([queries, len(connections)]).encode()
        else:
            queries += 1
            connections.add(tuple(scope["client"]))
            asked = unquote(scope["query_string"].decode())
            url = scope["path"] + (f"?{asked}" if asked else "")
            body = answers.get(url, _EMPTY if asked else _UNKNOWN)
            status = 404 if body is _UNKNOWN else 200
            await asyncio.sleep(seconds)
        headers = [
            (b"content-type", b"application/fhir+json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


@contextmanager
def serving(answers: Mapping[str, object], seconds: float, folder: Path) -> Iterator[str]:
    """The base URL of a server that is running until the end of the block."""
    told = folder / f"fhir-{seconds}.json"
    told.write_text(json.dumps(dict(answers)), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.fhir_server", str(told), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def counts(base: str) -> tuple[int, int]:
    """Queries that it was asked, and connections that were opened for them, so far."""
    with requests.Session() as session:
        session.trust_env = False
        queries, connections = session.get(base.removesuffix("/fhir") + COUNTS, timeout=5).json()
    return queries, connections


def _run(told: Path, seconds: float) -> None:
    answers = {
        f"/fhir/{query}": json.dumps(value).encode()
        for query, value in json.loads(told.read_bytes()).items()
    }
    # with its protocol named: asyncio sets TCP_NODELAY only then
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(512)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/fhir", flush=True)
    config = uvicorn.Config(
        application(answers, seconds), lifespan="off", access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    _run(Path(sys.argv[1]), float(sys.argv[2]))
