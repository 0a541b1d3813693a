"""
What it costs to read from the FHIR server what the EHR did not send.

    python -m benchmarks.fetching [--seconds 0.05] [--rounds 40] [--json FILE]

A FHIR server that takes 50 ms a query and our service, each in a process of its own on loopback.
What is compared takes turns; told are medians, and the ratio to what the row is compared with.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tqdm import tqdm

from benchmarks import fhir_server, machine
from benchmarks.calls import TIMEOUT, Connection
from benchmarks.charts import Chart, chart, with_medications_apart
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.fetch import Fetcher, Fetching, fetcher
from cds_hooks.fhir.prefetch import gate_templates, templates
from cds_hooks.fhir.servers import Servers
from rules.chart import Query
from tests.service.running import SERVICE, serving

_SIX: Final = (
    Query.PROBLEMS,
    Query.LABS,
    Query.IMAGING,
    Query.PROCEDURES,
    Query.MEDICINES,
    Query.ALLERGIES,
)
_ONE_QUERY: Final = "one query, by a plain client"
_ALL_SENT: Final = "call, all sent"
_SIX_IN_TURN: Final = "6 searches, one after the other"


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is timed, and the ratio that is meant; `of`: what it is compared with."""

    words: str
    run: Callable[[], None]
    goal: float | None = None
    of: str = _ONE_QUERY


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, in ms; `queries` of one run; `opened`: connections, in all the runs."""

    words: str
    median: float
    p95: float
    queries: int
    opened: int
    of: str
    ratio: float
    goal: float | None
    waiting: float | None  # of a call: the ratio without what a call costs that has all sent


def cases(service: str, base: str, charts: "Charts", servers: Servers) -> list[Case]:
    """A plain query; calls of the service that lack more and more; six searches (P13)."""
    fhir, ours = Connection(base), Connection(service)

    def query() -> None:
        fhir.send("GET", f"/fhir/Procedure?patient={charts.plain.patient_id}")

    def call(whole: Chart, lacking: Callable[[str], bool], *, gives: int = 1) -> Callable[[], None]:
        kept = {key: value for key, value in whole.prefetch().items() if not lacking(key)}
        body = whole.request(kept, base)

        def run() -> None:
            found = len(json.loads(ours.send("POST", SERVICE, body))["cards"])
            if found != gives:
                raise RuntimeError(f"{found} cards")

        return run

    def six(rounds: Sequence[Sequence[Query]]) -> Callable[[], None]:
        def run() -> None:
            fetching = Fetching(servers, TIMEOUT)
            with fetcher(fetching, base, None, templates(), charts.plain.patient_id) as reading:
                if not isinstance(reading, Fetcher):
                    raise TypeError("loopback may be read")
                for queries in rounds:
                    found = reading.read(queries, {})
                    if not all(one.is_complete for one in found.values()):
                        raise RuntimeError("a query did not come")

        return run

    gate = gate_templates().keys()
    rest, everything = (lambda key: key not in gate), (lambda _: True)
    return [
        Case(_ONE_QUERY, query),
        Case(_ALL_SENT, call(charts.plain, lambda _: False)),
        Case("call, labs lacking: one round", call(charts.plain, lambda key: key == "labs"), 1.2),
        Case("call, the gate sent: one round", call(charts.plain, rest), 1.2),
        Case("call, nothing sent: two rounds", call(charts.plain, everything), 2.4),
        Case("… each drug a Medication", call(charts.apart, everything), 3.6),
        Case("… and lesions by reference", call(charts.lesion, everything), 3.6),
        Case("… no melanoma: the gate alone", call(charts.nobody, everything, gives=0), 1.2),
        Case(_SIX_IN_TURN, six([(one,) for one in _SIX])),
        Case("6 searches at once (P13)", six([_SIX]), 0.2, _SIX_IN_TURN),
    ]


@dataclass(frozen=True, slots=True)
class Charts:
    """Without references; with a Medication for each drug; lesions too; a patient not ours."""

    plain: Chart
    apart: Chart
    lesion: Chart
    nobody: Chart

    def answers(self) -> Mapping[str, object]:
        """What the FHIR server holds."""
        every = (self.plain, self.apart, self.lesion, self.nobody)
        return {query: answer for one in every for query, answer in one.answers().items()}


def read_charts() -> Charts:
    """From the fixtures."""
    plain = chart("no-brain-mets-all-clear")
    return Charts(
        plain=plain,
        apart=with_medications_apart(plain.called("drugs-apart")),
        lesion=with_medications_apart(chart("growing-brain-lesion")),
        nobody=chart("no-melanoma"),
    )


def measure(cases: Sequence[Case], base: str, rounds: int) -> list[Row]:
    """The cases in turns."""
    for case in cases:
        case.run()  # connections stand, and everything is imported
    took: dict[str, list[float]] = {case.words: [] for case in cases}
    counted = {case.words: [0, 0] for case in cases}
    before = fhir_server.counts(base)
    for _ in tqdm(range(rounds), unit="round", leave=False):
        for case in cases:
            begun = time.perf_counter()
            case.run()
            took[case.words].append((time.perf_counter() - begun) * 1000)
            after = fhir_server.counts(base)
            for place in range(2):
                counted[case.words][place] += after[place] - before[place]
            before = after
    median = {words: statistics.median(times) for words, times in took.items()}
    return [
        Row(
            words=case.words,
            median=median[case.words],
            p95=statistics.quantiles(took[case.words], n=20)[-1],
            queries=counted[case.words][0] // rounds,
            opened=counted[case.words][1],
            of=case.of,
            ratio=median[case.words] / median[case.of],
            goal=case.goal,
            waiting=(median[case.words] - median[_ALL_SENT]) / median[case.of]
            if case.goal is not None and case.of == _ONE_QUERY
            else None,
        )
        for case in cases
    ]


def table(rows: Sequence[Row]) -> str:
    """The rows as they are printed."""
    names = ("median", "p95", "queries", "opened", "ratio", "goal", "waiting")
    lines = [f"{'ms':34}" + "".join(f"{name:>9}" for name in names)]
    for row in rows:
        numbers = (f"{row.median:.1f}", f"{row.p95:.1f}", str(row.queries), str(row.opened))
        ratios = (f"{row.ratio:.2f}", _or_none(row.goal), _or_none(row.waiting))
        lines.append(f"{row.words:34}" + "".join(f"{one:>9}" for one in (*numbers, *ratios)))
    return "\n".join(lines)


def _or_none(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"


def main() -> None:
    """Measure, and tell."""
    options = argparse.ArgumentParser(description="What it costs to read from the FHIR server.")
    options.add_argument("--seconds", type=float, default=0.05, help="that each query takes")
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--json", type=Path, help="where the figures are written as JSON")
    told = options.parse_args()
    charts, servers = read_charts(), Servers(LOOPBACK)
    with (
        tempfile.TemporaryDirectory() as folder,
        fhir_server.serving(charts.answers(), told.seconds, Path(folder)) as base,
        serving("--port", "0") as (service, _),
    ):
        rows = measure(cases(service.url, base, charts, servers), base, told.rounds)
    servers.close()
    facts = machine.about() | {"rounds": told.rounds, "seconds a query": told.seconds}
    machine.tell(facts, table(rows), rows, told.json)


if __name__ == "__main__":
    main()
