"""What the commands of the command line do."""

import argparse
import json
import socket
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from tqdm import tqdm

from cds_hooks import (
    clock,
    configuration,
    policy,
    policy_text,
    report,
    rulebook,
    samples,
    serving,
    settings,
    settings_text,
)
from cds_hooks import evaluate as documents
from cds_hooks.cards.detail import detail
from cds_hooks.cards.suggestions import suggestions
from cds_hooks.cards.summary import summary
from cds_hooks.configuration import BadSettings, Configuration
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

_MISTAKES_A_LINE = 3


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


def _configuration(given: argparse.Namespace, file: str | None = None) -> Configuration:
    """What the options, the environment and the configuration file come to."""
    told = vars(given)
    keys = {
        key: told.get(option.removeprefix("--").replace("-", "_"))
        for key, field in settings.fields().items()
        if (option := settings.told(field).option) is not None
    }
    try:
        return configuration.load(keys, file=file)
    except BadSettings as error:
        raise UsageError(wrong_settings(error)) from None


def wrong_settings(error: BadSettings) -> str:
    """Few mistakes in one line, many a line each."""
    if len(error.mistakes) <= _MISTAKES_A_LINE:
        return f"wrong settings: {error}"
    lines = "".join(f"\n  {one}" for one in error.mistakes)
    return f"wrong settings, {len(error.mistakes)} mistakes{lines}"


def _rules(given: argparse.Namespace) -> SiteRules:
    """The rules under the policy told, else that of the configuration, else as published."""
    try:
        return policy.rules(given.policy or _configuration(given).settings.policy.file)
    except policy.BadPolicyFile as error:
        raise UsageError(str(error)) from None


def _say_policy(rules: SiteRules) -> None:
    _say(f"Policy {rules.hash}: {policy_text.differences_words(rules)}")
    for one in warnings(rules.policy):
        _say(f"  warning: {one}")


def serve(given: argparse.Namespace) -> int:
    """Serve until stopped."""
    told = _configuration(given, given.config).settings
    return _serve(told, _listen(told))


def _listen(told: Settings) -> socket.socket:
    try:
        return serving.listen(told)
    except serving.CannotListen as error:
        raise UsageError(str(error)) from None


def _serve(told: Settings, listening: socket.socket) -> int:
    """Say what is served, and serve it."""
    if told.server.port == 0:
        server = told.server.model_copy(update={"port": listening.getsockname()[1]})
        told = told.model_copy(update={"server": server})
    _say(told.listening_url)
    if told.policy.file is not None:
        _say_policy(policy.rules(told.policy.file))
    if told.base_url != told.listening_url:
        _say(f"Links on cards lead to {told.base_url}")
    for one in settings_text.warnings(told):
        _say(f"WARNING: {one}")
    return serving.serve(told, listening)


def demo(given: argparse.Namespace) -> int:
    """The card of the sample patient; with --serve the service after it."""
    told = _configuration(given, given.config).settings
    listening = _listen(told) if given.serve else None
    rules = policy.rules(told.policy.file)
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


# --- config -----------------------------------------------------------------------------------


def check_config(given: argparse.Namespace) -> int:
    """The settings that a start would have, and where each comes from."""
    told = _configuration(given, given.config)
    if given.json:
        _say(json.dumps(settings_text.as_json(told), indent=2, ensure_ascii=False))
        return 0
    for line in settings_text.as_text(told):
        _say(line)
    if told.settings.policy.file is not None:
        _say_policy(policy.rules(told.settings.policy.file))
    return 0


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
    return clock.today(_configuration(given).settings.zone)


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
