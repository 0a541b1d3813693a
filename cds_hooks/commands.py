"""What the commands of the command line do."""

import argparse
import errno
import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from tqdm import tqdm

from cds_hooks import clock, policy, policy_text, report, rulebook, samples, settings
from cds_hooks import evaluate as documents
from cds_hooks.cards.detail import detail
from cds_hooks.cards.suggestions import suggestions
from cds_hooks.cards.summary import summary
from cds_hooks.errors import AdvisorError
from cds_hooks.mapping import show
from cds_hooks.mapping.collect import Mapping
from cds_hooks.mapping.read import read as read_any
from cds_hooks.settings import Settings
from rules import book
from rules.assess import KNOWLEDGE_VERSION, indicator
from rules.case import Case
from rules.model import Assessment, Outcome
from rules.policy_mistakes import warnings
from rules.quiet import hidden_by
from rules.site_rules import PUBLISHED, SiteRules


class UsageError(Exception):
    """Something that the caller of a command can mend; one line says what."""


def version_text() -> str:
    """Product, rules, and the shape of the JSON."""
    return (
        f"il2-advisor {version('il2-advisor')} (rules {KNOWLEDGE_VERSION}, "
        f"assessment schema {report.SCHEMA_VERSION})"
    )


def _say(text: str = "") -> None:
    print(text, flush=True)


def _write(text: str) -> None:
    """Text with its own line ends, whatever the machine's are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


# --- serve and demo ---------------------------------------------------------------------------


def _settings(given: argparse.Namespace) -> Settings:
    names = ("host", "port", "workers", "timezone", "policy", "public_url")
    try:
        return settings.load({name: getattr(given, name) for name in names})
    except settings.BadSettings as error:
        raise UsageError(f"wrong settings: {error}") from None


def _rules(given: argparse.Namespace) -> SiteRules:
    """The rules under the policy told, else that of the environment, else as published."""
    try:
        return policy.rules(given.policy or os.environ.get(f"{settings.PREFIX}POLICY"))
    except policy.BadPolicyFile as error:
        raise UsageError(str(error)) from None


def _say_policy(rules: SiteRules) -> None:
    _say(f"Policy {rules.hash}: {policy_text.differences_words(rules)}")
    for one in warnings(rules.policy):
        _say(f"  warning: {one}")


def _listen(told: Settings) -> socket.socket:
    """The listening socket, bound before anything is promised."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            told.host, told.port, type=socket.SOCK_STREAM
        )[0]
    except (OSError, UnicodeError):
        raise UsageError(f"no address is called {told.host!r}: choose another --host") from None
    # with its protocol named: asyncio sets TCP_NODELAY only then, else each answer waits 40 ms
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else "cannot be had"
        raise UsageError(
            f"port {told.port} on {told.host} {why}: stop what holds it, or choose another --port"
        ) from None
    listening.listen(2048)
    return listening


def serve(given: argparse.Namespace) -> int:
    """Serve until stopped."""
    told = _settings(given)
    return _serve(told, _listen(told))


def _serve(told: Settings, listening: socket.socket) -> int:
    import uvicorn  # only a server needs it
    from uvicorn.supervisors import Multiprocess

    if told.port == 0:
        told = told.model_copy(update={"port": listening.getsockname()[1]})
    os.environ.update(told.environment())
    _say(told.listening_url)
    if told.policy is not None:
        _say_policy(policy.rules(told.policy))
    if told.base_url != told.listening_url:
        _say(f"Links on cards lead to {told.base_url}")
    if not told.is_loopback:
        _say(
            f"WARNING: listening on {told.host}: callers are NOT authenticated yet. Anyone who "
            "reaches this port can send charts and read cards. Put an authenticating proxy with "
            "TLS in front of it."
        )
    config = uvicorn.Config(
        "cds_hooks.app:create",
        factory=True,
        host=told.host,
        port=told.port,
        workers=told.workers,
        access_log=False,  # paths are the caller's words; our own line has what is needed
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=10,
        proxy_headers=False,
    )
    if told.workers > 1:
        Multiprocess(config, sockets=[listening]).run()
    else:
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def demo(given: argparse.Namespace) -> int:
    """The card of the sample patient; with --serve the service after it."""
    told = _settings(given)
    listening = _listen(told) if given.serve else None
    rules = policy.rules(told.policy)
    assessment = documents.evaluate(samples.chart(), samples.AS_OF, rules=rules)
    _say("Sample patient (invented): treated brain metastases, two scans of the same size.")
    _say(f"Assessed as of {samples.AS_OF.isoformat()}.")
    _say()
    for line in card_text(assessment, rules):
        _say(line)
    if listening is None:
        return 0
    _say()
    return _serve(told, listening)


def card_text(assessment: Assessment, rules: SiteRules = PUBLISHED) -> list[str]:
    """A card as plain lines; where there is none, the reason."""
    level = indicator(assessment)
    if level is None:
        return [f"NO CARD  {summary(assessment)}"]
    lines = []
    if why := hidden_by(assessment, rules.policy.show):
        show = rules.policy.show.value
        lines += [f'NO CARD IN THE EHR  patient_view.show = "{show}", and {why}', ""]
    lines += [f"{level.value.upper()}  {summary(assessment)}", ""]
    lines += detail(assessment).splitlines()
    for draft in suggestions(assessment, "", None, rules):
        lines += ["", f"SUGGESTION  {draft.label}"]
        lines += [f"- {action.description}" for action in draft.actions]
    return lines


# --- criteria ---------------------------------------------------------------------------------


def criteria(given: argparse.Namespace) -> int:
    """The rule book with its codes, sources, examples and reviews, under a policy."""
    rules, today = _rules(given), _today(given)
    entries = book.entries(rules.criteria)
    if given.codes:
        _write(rulebook.codes_csv(entries))
    elif given.csv:
        _write(rulebook.as_csv(entries, today))
    elif given.json:
        _say(json.dumps(rulebook.as_json(entries, today, rules), indent=2, ensure_ascii=False))
    else:
        _say_policy(rules)
        for line in rulebook.as_text(entries, today):
            _say(line)
    return 0


# --- check-mapping ----------------------------------------------------------------------------


def check_mapping(given: argparse.Namespace) -> int:
    """What no rule understands in the charts; the exit code is 2 if one could not be read."""
    names = list(_files(given.files))
    if not names:
        raise UsageError("no file in the folder given")
    rules = _rules(given)
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
        _say(json.dumps(show.as_json(found, counts=given.counts), indent=2, ensure_ascii=False))
    else:
        lines = show.as_toml if given.toml else show.as_text
        for line in lines(found, counts=given.counts):
            _say(line)
    return 2 if found.unread else 0


# --- policy -----------------------------------------------------------------------------------


def check_policy(name: str) -> int:
    """Whether a policy holds, and what it changes; 2 with every mistake, a line each."""
    try:
        rules = policy.rules(name)
    except policy.BadPolicyFile as error:
        raise UsageError(str(error)) from None
    _say(f"{name} holds.")
    _say_policy(rules)
    for line in policy_text.difference_lines(rules):
        _say(f"  {line}")
    return 0


def show_policy(given: argparse.Namespace) -> int:
    """Every setting with its effective value: as a policy file that can be edited, or as JSON."""
    rules = _rules(given)
    if given.json:
        _say(json.dumps(policy_text.as_json(rules), indent=2, ensure_ascii=False))
    else:
        _say(policy_text.toml(rules).rstrip())
    return 0


# --- evaluate ---------------------------------------------------------------------------------


def evaluate(given: argparse.Namespace) -> int:
    """Assess each file; the exit code is 2 if one of them could not be read."""
    rules = _rules(given)
    as_of = _as_of(given)
    names = list(_files(given.files))
    if not names:
        raise UsageError("no file in the folder given")
    several = len(names) > 1
    failed = False
    for name in _with_progress(names):
        try:
            assessment = documents.evaluate(_read(name), as_of, given.patient, rules)
        except (AdvisorError, UsageError) as error:
            failed = True
            tqdm.write(f"il2-advisor: {name}: {error}", file=sys.stderr)
            continue
        if given.json:
            sys.stdout.buffer.write(
                msgspec.json.encode(report.report(assessment, summary(assessment))) + b"\n"
            )
            sys.stdout.flush()
        else:
            if several:
                _say(f"== {name}")
            _print(assessment, rules)
    return 2 if failed else 0


def _today(given: argparse.Namespace) -> date:
    try:
        return clock.today(settings.load({"policy": given.policy}).zone)
    except settings.BadSettings as error:
        raise UsageError(f"wrong settings: {error}") from None


def _as_of(given: argparse.Namespace) -> date | datetime:
    if given.as_of is None:
        return _today(given)
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


def _print(assessment: Assessment, rules: SiteRules) -> None:
    """Status, card and every finding, for a person."""
    case: Case = assessment.case
    _say(f"Status: {assessment.status.value} (as of {case.as_of.isoformat()})")
    for line in card_text(assessment, rules):
        _say(line)
    _say()
    _say("All criteria:")
    for judged in assessment.judged:
        finding = judged.finding
        words = finding.outcome.value
        if finding.outcome is Outcome.UNKNOWN and finding.why is not None:
            words += f" ({finding.why.value})"
        remark = f": {finding.remark}" if finding.remark else ""
        _say(f"  {judged.criterion.id:32} {words}{remark}")
    chart = case.chart
    for skipped in chart.skipped:
        _say(f"  set aside: {skipped.reference} {skipped.reason}")
    for reference, reason in chart.of_others:
        _say(f"  set aside: {reference} {reason}")
