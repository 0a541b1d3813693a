"""`check-server`, and how a command is told of a FHIR server."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

import msgspec
from tqdm import tqdm

from cds_hooks.commands.given import UsageError, configuration_of, rules_of, say
from cds_hooks.errors import AdvisorError
from cds_hooks.fhir import check_server as checking
from cds_hooks.fhir import typed
from cds_hooks.fhir.allowed import listed
from cds_hooks.fhir.check_server import QueryCheck, ServerCheck, StatementCheck

SECONDS: Final = 30  # a person waits, and a server may be cold
MOST_SECONDS: Final = 600
_NOT: Final = "-"


def server_of(given: argparse.Namespace, url: str) -> AbstractContextManager[typed.TypedServer]:
    """The server that is typed, its token from the environment; proxy and CA as configured."""
    seconds = SECONDS if given.seconds is None else given.seconds
    if not 1 <= seconds <= MOST_SECONDS:
        raise UsageError(f"--seconds is out of range: give whole seconds from 1 to {MOST_SECONDS}")
    told = configuration_of(given).settings.fhir
    return typed.typed_server(
        url,
        _token(given.token_env),
        seconds,
        allow_http=given.allow_http,
        listed=listed(told.servers or ()),
        proxy=told.proxy,
    )


def wanted_patient(text: str) -> str:
    """The id of --patient."""
    return typed.patient_id(text)


def _token(name: str | None) -> str | None:
    if name is None:
        return None
    token = os.environ.get(name, "").strip()
    if not token:
        raise UsageError("the variable that --token-env names is not set, or is empty")
    return token


def check_server(given: argparse.Namespace) -> int:
    """What a server supports; 1 if something that we need is missing."""
    rules = rules_of(given)
    hidden = given.patient is None or not sys.stderr.isatty()
    try:
        with (
            server_of(given, given.url) as server,
            tqdm(unit="query", file=sys.stderr, disable=hidden, leave=False) as bar,
        ):

            def told(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            patient = None if given.patient is None else wanted_patient(given.patient)
            found = checking.check_server(server, patient, rules, told)
    except AdvisorError as error:
        raise UsageError(str(error)) from None
    if given.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        sys.stdout.flush()
    else:
        for line in as_text(found):
            say(line)
    return 0 if found.works else 1


def as_text(found: ServerCheck) -> Iterator[str]:
    """The table, and what it comes to."""
    yield _statement(found.statement)
    yield ""
    tried = any(one.trial is not None for one in found.queries)
    heads = ["query", "asks for", "declared"]
    rows = [_cells(one) for one in found.queries]
    if tried:
        heads += ["status", "entries", "pages", "ms", "complete"]
        rows = [[*cells, *_trial(one)] for cells, one in zip(rows, found.queries, strict=True)]
    yield from _table(heads, rows, numbers=frozenset({"entries", "pages", "ms"}))
    yield ""
    if found.statement.is_supported is False:
        yield "Not supported: this service reads FHIR R4 (4.0)."
    failed = [one.key for one in found.queries if not one.works]
    if failed:
        yield f"{len(failed)} of {len(found.queries)} queries are not known to work: " + ", ".join(
            failed
        )
    else:
        yield f"All {len(found.queries)} queries {'work' if tried else 'are declared'}."
    if not tried:
        yield "Nothing was tried: name a test patient with --patient ID."


def _statement(found: StatementCheck) -> str:
    status = f"{found.status}, " if found.status is not None else ""
    if found.problem is not None:
        return f"CapabilityStatement: {status}{found.ms} ms: {found.problem}"
    version = f"FHIR {found.fhir_version}" if found.fhir_version else "FHIR version not told"
    words = [version, found.software or "software not told", ", ".join(found.formats)]
    return f"CapabilityStatement: {status}{found.ms} ms: " + "; ".join(one for one in words if one)


def _cells(one: QueryCheck) -> list[str]:
    asks = f"{one.type}?{','.join(one.parameters)}" if one.parameters else f"{one.type}/id"
    if one.declared is None:
        return [one.key, asks, "not told"]
    return [one.key, asks, "yes" if one.declared else f"no {', '.join(one.undeclared)}"]


def _trial(one: QueryCheck) -> list[str]:
    found = one.trial
    if found is None:
        return [_NOT] * 5
    why = "; ".join((*found.lacks, *found.notes))
    if found.scopes:
        why += f"; needs the scope {' '.join(found.scopes)}"
    answer = "yes" if found.is_complete else "no"
    return [
        _NOT if found.status is None else str(found.status),
        str(found.entries),
        str(found.pages),
        str(found.ms),
        f"{answer}: {why}" if why else answer,
    ]


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[str]
) -> Iterator[str]:
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    for row in (heads, *rows):
        cells = [
            cell.rjust(width) if head in numbers else cell.ljust(width)
            for head, cell, width in zip(heads, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()
