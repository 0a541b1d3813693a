"""
What must hold of our service in front of a server, whatever the server holds: lists of problems.

Public data changes between two readings, so `problems` reads everything once more before a
difference counts.
"""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Final

from cds_hooks import cli
from cds_hooks.fhir.prefetch import templates
from rules.chart import Query
from tests.build import Resource
from tests.sandbox import differing
from tests.sandbox.plain import REFERRED_TO, Record
from tests.sandbox.sandbox import SECONDS, Sandbox
from tests.sandbox.watch import AT_ONCE

_R4: Final = re.compile(r"4\.0(\.\d+)?")

Check = Callable[[Sandbox], Iterator[str]]


def problems(check: Check, sandbox: Sandbox) -> list[str]:
    """What is wrong, and still is when everything has been read again."""
    with sandbox.watch.watching():
        if not list(check(sandbox)):
            return []
        sandbox.forget()
        return list(check(sandbox))


def release(sandbox: Sandbox) -> Iterator[str]:
    """The CapabilityStatement says FHIR R4."""
    version = sandbox.statement.get("fhirVersion")
    if not isinstance(version, str):
        yield "the CapabilityStatement does not say its FHIR version"
    elif not _R4.fullmatch(version):
        yield f"the server says that it is FHIR {version}; our service reads R4 (4.0)"


def queries(sandbox: Sandbox) -> Iterator[str]:
    """Every query of discovery is answered; one that is refused is not known, and named."""
    for patient in sandbox.patients:
        record = sandbox.record(patient)
        chart = sandbox.chart_by_us(patient)
        for key in templates():
            came = chart.answers[Query(key)].is_complete
            if came and key in record.refused:
                yield f"{patient}: {key} was refused ({record.refused[key]}), and ours knows it"
            named = (*chart.notes, *(place for place, _ in chart.of_others))
            if not came and not any(one.startswith((f"{key}: ", f"{key}.")) for one in named):
                yield f"{patient}: {key} did not come, and nothing says so"


def cards(sandbox: Sandbox) -> Iterator[str]:
    """The whole prefetch, half of it, first pages or none: the same cards and assessment."""
    for patient in sandbox.patients:
        record = sandbox.record(patient)
        before = len(sandbox.watch.sent)
        expected = sandbox.answered(patient, record.prefetch)
        yield from _asked_in_vain(sandbox, record, sandbox.watch.sent[before:])
        sandbox.cards[patient] = _in_a_word(expected)
        for how, prefetch in _ways(record).items():
            found = sandbox.answered(patient, prefetch)
            for place in differing.answers(expected, found):
                yield f"{patient}, {how}: not as with the whole prefetch: {place}"


def _ways(record: Record) -> Mapping[str, Mapping[str, Resource]]:
    """What an EHR may send in place of the whole."""
    whole = record.prefetch
    first, second = (dict(list(whole.items())[at::2]) for at in (0, 1))
    ways = {"no prefetch": {}, "half a prefetch": first, "the other half": second}
    return ways | ({"first pages": {**whole, **record.first_pages}} if record.first_pages else {})


def _asked_in_vain(sandbox: Sandbox, record: Record, sent: list[str]) -> Iterator[str]:
    """With everything sent along only what points elsewhere is read."""
    pointers = tuple(f"{sandbox.base}/{name}/" for name in REFERRED_TO)
    vain = [url for url in sent if not url.startswith(pointers)]
    if vain and not record.refused:
        yield f"{record.patient_id}: the whole prefetch was sent, and {len(vain)} queries went out"


def _in_a_word(told: Resource) -> str:
    if "refused" in told:
        return "412"
    return str(told["cards"][0]["indicator"]) if told["cards"] else "no card"


def charts(sandbox: Sandbox) -> Iterator[str]:
    """All that was read is the same, of patients too for whom there is nothing to say."""
    for patient in sandbox.patients:
        by_plain_reader = sandbox.chart_of(sandbox.record(patient))
        for place in differing.charts(by_plain_reader, sandbox.chart_by_us(patient)):
            yield f"{patient}: read by us it differs: {place}"


def check_server(sandbox: Sandbox) -> Iterator[str]:
    """`check-server` ends with 0 or 1, and says of each refused query why it did not come."""
    patient = sandbox.patients[0]
    refused = sandbox.record(patient).refused
    code, out, err = _run("check-server", sandbox.base, "--patient", patient, sandbox=sandbox)
    if code not in (0, 1) or err:
        yield f"check-server ends with {code}: {err}"
        return
    found = json.loads(out)
    if found["works"] is not (code == 0):
        yield f"check-server ends with {code}, but works is {found['works']}"
    trials = {one["key"]: one["trial"] for one in found["queries"]}
    if trials.keys() != templates().keys():
        yield "check-server does not try the queries of discovery"
    for key in refused:
        if trials[key]["isComplete"] or not trials[key].get("lacks"):
            yield f"check-server does not say that {key} was refused ({refused[key]})"


def evaluate(sandbox: Sandbox) -> Iterator[str]:
    """`evaluate` ends with 0 and an assessment, since the Patient can be read."""
    for patient in sandbox.patients:
        at = ("--fhir-server", sandbox.base, "--patient", patient)
        code, out, err = _run("evaluate", *at, sandbox=sandbox)
        if code != 0 or err:
            yield f"{patient}: evaluate ends with {code}: {err}"
        elif not json.loads(out).get("status"):
            yield f"{patient}: evaluate prints no assessment"


def traffic(sandbox: Sandbox) -> Iterator[str]:
    """Few requests at once; that they are GETs to this server, `Watch` holds as they go out."""
    before = len(sandbox.watch.sent)
    sandbox.answered(sandbox.patients[0], {})
    if len(sandbox.watch.sent) == before:
        yield "nothing was read without a prefetch"
    if sandbox.watch.most_at_once > AT_ONCE:
        yield f"{sandbox.watch.most_at_once} requests were under way at once"


def _run(*arguments: str, sandbox: Sandbox) -> tuple[int, str, str]:
    """Our command line, in this process so that it is watched too."""
    token = ("--token-env", sandbox.token_name) if sandbox.token and sandbox.token_name else ()
    more = ("--json", "--seconds", str(SECONDS), "--allow-http", *token)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main([*arguments, *more])
    texts = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    return code, texts[0], texts[1]
