"""`serve`, `demo` and `config`: what a start would have, and the start."""

import argparse
import json
import socket

from cds_hooks import evaluate as documents
from cds_hooks import policy, samples, serving, settings_text
from cds_hooks.commands.given import UsageError, configuration_of, say, say_policy
from cds_hooks.commands.telling import card_text
from cds_hooks.protocol.request import ORDER_HOOKS
from cds_hooks.settings import Settings


def serve(given: argparse.Namespace) -> int:
    """Serve until stopped."""
    told = configuration_of(given, given.config).settings
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
    say(told.listening_url)
    if told.policy.file is not None:
        say_policy(policy.rules(told.policy.file))
    if told.base_url != told.listening_url:
        say(f"Links on cards lead to {told.base_url}")
    for one in settings_text.warnings(told):
        say(f"WARNING: {one}")
    return serving.serve(told, listening)


def demo(given: argparse.Namespace) -> int:
    """The card of the sample patient; with --serve the service after it."""
    told = configuration_of(given, given.config).settings
    listening = _listen(told) if given.serve else None
    rules = policy.rules(told.policy.file)
    is_order = given.hook in ORDER_HOOKS
    document = samples.order(given.hook) if is_order else samples.chart()
    found = documents.evaluate_document(document, samples.AS_OF, rules=rules)
    say("Sample patient (invented): treated brain metastases, two scans of the same size.")
    if is_order:
        say(f"{given.hook}: aldesleukin is drafted, 600,000 IU/kg every 8 hours, 14 doses.")
    say(f"Assessed as of {samples.AS_OF.isoformat()}.")
    say()
    for line in card_text(found.assessment, rules, found.drafts):
        say(line)
    if listening is None:
        return 0
    say()
    return _serve(told, listening)


def check_config(given: argparse.Namespace) -> int:
    """The settings that a start would have, and where each comes from."""
    told = configuration_of(given, given.config)
    if given.json:
        say(json.dumps(settings_text.as_json(told), indent=2, ensure_ascii=False))
        return 0
    for line in settings_text.as_text(told):
        say(line)
    if told.settings.policy.file is not None:
        say_policy(policy.rules(told.settings.policy.file))
    return 0
