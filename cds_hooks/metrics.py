"""
Counts for Prometheus: `GET /metrics`. Every label comes from a closed list, none from a request.

The workers of one service count together, in files of a folder that `serving.py` names.
"""

import os
from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from cds_hooks.configuration import SHARED_FOLDER
from rules.assess import KNOWLEDGE_VERSION
from rules.model import Assessment, Status
from rules.site_rules import SiteRules

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
NONE: Final = "none"  # no service of ours, no card

_SIZES = tuple(1024 * 4**power for power in range(1, 9))  # 4 kB to 64 MB
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

_registry = CollectorRegistry()
_info = Gauge(
    "il2_advisor_info",
    "What is running; always 1.",
    ("version", "rules", "policy", "mode"),
    registry=_registry,
    multiprocess_mode="livemax",  # of the processes that live: a policy is told while one has it
)
_requests = Counter(
    "il2_advisor_requests",
    "Requests answered, by service (none: no call of a service) and HTTP status.",
    ("service", "status"),
    registry=_registry,
)
_duration = Histogram(
    "il2_advisor_request_seconds",
    "From the head of a call of a service to its answer.",
    ("service",),
    buckets=_SECONDS,
    registry=_registry,
)
_bytes_in = Histogram(
    "il2_advisor_request_bytes",
    "Size of the bodies of calls that were evaluated.",
    ("service",),
    buckets=_SIZES,
    registry=_registry,
)
_bytes_out = Histogram(
    "il2_advisor_answer_bytes",
    "Size of the answers of calls that were evaluated.",
    ("service",),
    buckets=_SIZES,
    registry=_registry,
)
_cards = Counter(
    "il2_advisor_cards",
    "Calls evaluated, by the urgency of their card (none: no card); shadow: it was not shown.",
    ("service", "indicator", "mode"),
    registry=_registry,
)
_assessments = Counter(
    "il2_advisor_assessments",
    "Calls evaluated, by overall status.",
    ("service", "status", "mode"),
    registry=_registry,
)
_findings = Counter(
    "il2_advisor_findings",
    "Criteria judged, by outcome.",
    ("criterion", "outcome"),
    registry=_registry,
)
_queries = Counter(
    "il2_advisor_queries",
    "Queries of the charts that were read whole, by the state of their answer.",
    ("key", "state"),
    registry=_registry,
)
_fetched = Counter(
    "il2_advisor_fetched_queries",
    "Queries of FHIR servers, by how they ended (resting: the server keeps failing, not asked).",
    ("key", "state"),
    registry=_registry,
)
_set_aside = Counter(
    "il2_advisor_resources_set_aside",
    "Resources that could not be read, by type.",
    ("type",),
    registry=_registry,
)
_switched_off = Counter(
    "il2_advisor_switched_off_calls",
    "Calls of a service that the site's policy has switched off: no card, nothing evaluated.",
    ("service",),
    registry=_registry,
)
_refused_policies = Counter(
    "il2_advisor_policy_refused",
    "Policies that a SIGHUP should have put in force, and that do not hold: the old one stays.",
    registry=_registry,
)
_faults = Counter("il2_advisor_faults", "Faults of the service (500).", registry=_registry)

if SHARED_FOLDER not in os.environ:
    ProcessCollector(registry=_registry)  # one process: its memory and time


_told: list[Gauge] = []  # what this process says is in force


def in_force(rules: SiteRules, mode: str) -> None:
    """What a process of the service runs under from now on."""
    for before in _told:
        before.set(0)  # in files it cannot be taken back: `_Present` leaves it out
    _told[:] = [_info.labels(version("il2-advisor"), KNOWLEDGE_VERSION, rules.hash, mode)]
    _told[0].set(1)


def policy_refused() -> None:
    """A policy was read again and does not hold."""
    _refused_policies.inc()


def answered(service: str, status: int, seconds: float | None = None) -> None:
    """One request, answered or refused; how long it took where it called a service."""
    _requests.labels(service, str(status)).inc()
    if seconds is not None:
        _duration.labels(service).observe(seconds)


def evaluated(
    service: str,
    assessment: Assessment | None,
    indicator: str,
    bytes_in: int,
    bytes_out: int,
    mode: str,
) -> None:
    """One call that was evaluated; no assessment: the gate showed that the patient is not ours."""
    _bytes_in.labels(service).observe(bytes_in)
    _bytes_out.labels(service).observe(bytes_out)
    _cards.labels(service, indicator, mode).inc()
    _assessments.labels(service, status_of(assessment), mode).inc()
    if assessment is None:
        return
    for judged in assessment.judged:
        _findings.labels(judged.criterion.id, judged.finding.outcome.value).inc()
    chart = assessment.case.chart
    for query, state in chart.answers.items():
        _queries.labels(query.value, state.value).inc()
    for kind, number in Tally(one.kind.value for one in chart.skipped).items():
        _set_aside.labels(kind).inc(number)


def switched_off(service: str) -> None:
    """One call of a service that is switched off."""
    _switched_off.labels(service).inc()


def status_of(assessment: Assessment | None) -> str:
    """The overall status; none was reached where the gate ended the reading."""
    return (Status.NOT_APPLICABLE if assessment is None else assessment.status).value


def fetched(ended: Mapping[str, str]) -> None:
    """How the queries of the FHIR server of a call ended, by key."""
    for key, state in ended.items():
        _fetched.labels(key, state).inc()


def fault() -> None:
    """A mistake of ours."""
    _faults.inc()


class _Present(CollectorRegistry):
    """What another registry has, but for what once was in force."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._of = registry

    def collect(self) -> Iterator[Metric]:
        """Every count."""
        for one in self._of.collect():
            if one.name == "il2_advisor_info":
                one.samples = [sample for sample in one.samples if sample.value]
            yield one


def exposition() -> bytes:
    """What Prometheus reads: of all workers together, whichever of them is asked."""
    if SHARED_FOLDER not in os.environ:
        return generate_latest(_Present(_registry))
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(_Present(together))
