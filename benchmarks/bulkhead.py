"""
Whether calls that wait for a FHIR server that hangs slow those that bring their prefetch along.

    python -m benchmarks.bulkhead [--calls 50] [--bursts 8] [--json FILE]

A light call goes out every 40 ms, whether or not the last was answered: alone, and while 50 calls
hang on one server, in turns. Each burst meets a server of its own, since a service leaves one that
has hung alone for a while. Told are quantiles of the light calls, from the moment of the burst.
"""

import argparse
import http.client
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tqdm import tqdm

from benchmarks import machine
from benchmarks.calls import TIMEOUT, Connection
from benchmarks.charts import chart
from tests.service.running import SERVICE, serving

_EVERY_SECONDS: Final = 0.04
_LIGHT_CALLS: Final = 42  # a little less than the 1.8 seconds that a call waits
_GOAL: Final = 2.0
_CHART: Final = "no-brain-mets-all-clear"


@contextmanager
def hanging() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/fhir"


@dataclass(frozen=True, slots=True)
class Row:
    """The light calls of one kind of phase, in ms; the ratio: of the p99 to that of the first."""

    words: str
    calls: int
    p50: float
    p95: float
    p99: float
    ratio: float


class Light:
    """Calls with a whole prefetch, at an even pace, each on a connection of its own."""

    def __init__(self, url: str) -> None:
        whole = chart(_CHART)
        self._url = url
        self._body = whole.request(whole.prefetch())
        self._pool = ThreadPoolExecutor(_LIGHT_CALLS)

    def phase(self) -> list[float]:
        """Milliseconds of each call, from the moment at which it was due."""
        begun = time.perf_counter()
        due = [begun + number * _EVERY_SECONDS for number in range(_LIGHT_CALLS)]
        running = []
        for at in due:
            time.sleep(max(0, at - time.perf_counter()))
            running.append(self._pool.submit(self._one, at))
        return [one.result() for one in running]

    def _one(self, due: float) -> float:
        Connection(self._url).send("POST", SERVICE, self._body)
        return (time.perf_counter() - due) * 1000


@contextmanager
def hanging_calls(url: str, base: str, count: int) -> Iterator[None]:
    """Calls that bring nothing and name a server that hangs; 412 once their time is over."""
    body = chart(_CHART).request({}, base)
    # all at once, and with no work of ours while the light calls are timed
    calls = [
        http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT) for _ in range(count)
    ]
    for one in calls:
        one.request("POST", SERVICE, body, {"Content-Type": "application/json"})
    yield
    for one in calls:
        if (status := one.getresponse().status) != 412:
            raise RuntimeError(f"a call that hung was answered {status}")
        one.close()


def rows(found: Sequence[tuple[str, Sequence[float]]]) -> list[Row]:
    """Quantiles of each kind of phase."""
    made: list[Row] = []
    for words, times in found:
        cuts = statistics.quantiles(times, n=100)
        first = made[0].p99 if made else cuts[98]
        made.append(Row(words, len(times), cuts[49], cuts[94], cuts[98], cuts[98] / first))
    return made


def table(found: Sequence[Row]) -> str:
    """The rows as they are printed."""
    head = f"{'':24}{'calls':>6}{'p50':>10}{'p95':>8}{'p99':>8}{'ratio':>7}   goal {_GOAL:g}"
    rest = (
        f"{row.words:24}{row.calls:>6}{row.p50:>7.1f} ms{row.p95:>8.1f}{row.p99:>8.1f}"
        f"{row.ratio:>7.2f}"
        for row in found
    )
    return "\n".join((head, *rest))


def main() -> None:
    """Measure, and tell."""
    options = argparse.ArgumentParser(description="Light calls beside calls that hang.")
    options.add_argument("--calls", type=int, default=50, help="that hang at once")
    options.add_argument("--bursts", type=int, default=8)
    options.add_argument("--json", type=Path, help="where the figures are written as JSON")
    told = options.parse_args()
    alone: list[float] = []
    beside: list[float] = []
    with serving("--port", "0") as (service, _):
        light = Light(service.url)
        light.phase()
        for _ in tqdm(range(told.bursts), unit="burst", leave=False):
            alone += light.phase()
            with hanging() as base, hanging_calls(service.url, base, told.calls):
                beside += light.phase()
    found = rows([("alone", alone), (f"while {told.calls} calls hang", beside)])
    facts = machine.about() | {"bursts": told.bursts, "ms between calls": _EVERY_SECONDS * 1000}
    machine.tell(facts, table(found), found, told.json)


if __name__ == "__main__":
    main()
