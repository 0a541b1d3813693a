"""`evaluate` and `check-mapping`: charts from files, or from a FHIR server."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec
from tqdm import tqdm

from cds_hooks import evaluate as documents
from cds_hooks import report
from cds_hooks.cards.summary import summary
from cds_hooks.commands.given import UsageError, rules_of, say, today
from cds_hooks.commands.servers import server_of, wanted_patient
from cds_hooks.commands.telling import assessment_text
from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import Evaluated
from cds_hooks.mapping import show
from cds_hooks.mapping.collect import Mapping
from cds_hooks.mapping.read import read as read_any
from rules.site_rules import SiteRules


def evaluate(given: argparse.Namespace) -> int:
    """Assess each file, or a patient of a server; the exit code is 2 if one was not read."""
    rules = rules_of(given)
    as_of = _as_of(given)
    if given.fhir_server is not None:
        return _evaluate_at_server(given, as_of, rules)
    _refuse_options_of_servers(given)
    names = list(_files(given.files))
    if not names:
        raise UsageError("no file in the folder given")
    several = len(names) > 1
    failed = False
    for name in _with_progress(names):
        try:
            found = documents.evaluate_document(_read(name), as_of, given.patient, rules)
        except (AdvisorError, UsageError) as error:
            failed = True
            tqdm.write(f"il2-advisor: {name}: {error}", file=sys.stderr)
            continue
        if several and not given.json:
            say(f"== {name}")
        _say_assessment(given, found, rules)
    return 2 if failed else 0


def _evaluate_at_server(given: argparse.Namespace, as_of: date | datetime, rules: SiteRules) -> int:
    if given.files:
        raise UsageError("--fhir-server and files do not go together: name one of them")
    if given.patient is None:
        raise UsageError("--fhir-server needs --patient ID, the id of the Patient at that server")
    try:
        with server_of(given, given.fhir_server) as server:
            patient = wanted_patient(given.patient)
            found = documents.Evaluated(documents.evaluate_at(server, patient, as_of, rules))
    except AdvisorError as error:
        raise UsageError(str(error)) from None
    _say_assessment(given, found, rules)
    return 0


def _refuse_options_of_servers(given: argparse.Namespace) -> None:
    if not given.files:
        raise UsageError("name a file, or a server with --fhir-server URL --patient ID")
    if given.token_env is not None or given.allow_http or given.seconds is not None:
        raise UsageError("--token-env, --seconds and --allow-http are for --fhir-server only")


def _say_assessment(given: argparse.Namespace, found: Evaluated, rules: SiteRules) -> None:
    assessment = found.assessment
    if given.json:
        sys.stdout.buffer.write(
            msgspec.json.encode(report.report(assessment, summary(assessment))) + b"\n"
        )
        sys.stdout.flush()
    else:
        for line in assessment_text(assessment, rules, found.drafts):
            say(line)


def check_mapping(given: argparse.Namespace) -> int:
    """What no rule understands in the charts; the exit code is 2 if one could not be read."""
    names = list(_files(given.files))
    if not names:
        raise UsageError("no file in the folder given")
    rules = rules_of(given)
    found = Mapping()
    for number, name in enumerate(_with_progress(names), 1):
        try:
            found.add(read_any(_read(name), rules))
        except (AdvisorError, UsageError) as error:
            found.unread += 1
            # the name of a file may be that of a patient
            called = f"file {number} of {len(names)}" if given.counts else name
            tqdm.write(f"il2-advisor: {called}: {error}", file=sys.stderr)
    if given.json:
        say(json.dumps(show.as_json(found, counts=given.counts), indent=2, ensure_ascii=False))
    else:
        lines = show.as_toml if given.toml else show.as_text
        for line in lines(found, counts=given.counts):
            say(line)
    return 2 if found.unread else 0


def _as_of(given: argparse.Namespace) -> date | datetime:
    if given.as_of is None:
        return today(given)
    try:
        return documents.day(given.as_of)
    except ValueError:
        raise UsageError(
            "--as-of is no date: use 2026-11-24, or an instant with its zone such as "
            "2026-11-24T08:00:00Z"
        ) from None


def _files(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        path = Path(name)
        if name != "-" and path.is_dir():
            yield from sorted(str(one) for one in path.rglob("*") if one.is_file())
        else:
            yield name


def _with_progress(names: list[str]) -> Iterator[str]:
    """A bar on standard error, for several files and only at a terminal."""
    hidden = len(names) < 2 or not sys.stderr.isatty()
    yield from tqdm(names, unit="file", file=sys.stderr, disable=hidden, leave=False)


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or 'no such file'}") from None
