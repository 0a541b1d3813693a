"""`criteria`, `policy` and `--version`: the rules, and what a site makes of them."""

import argparse
import json
from importlib.metadata import version

from cds_hooks import policy, policy_text, report, rulebook
from cds_hooks.commands.given import UsageError, rules_of, say, say_policy, today, write
from rules import book
from rules.assess import KNOWLEDGE_VERSION


def version_text() -> str:
    """Product, rules, and the shape of the JSON."""
    return (
        f"il2-advisor {version('il2-advisor')} (rules {KNOWLEDGE_VERSION}, "
        f"assessment schema {report.SCHEMA_VERSION})"
    )


def criteria(given: argparse.Namespace) -> int:
    """The rule book with its codes, sources, examples and reviews, under a policy."""
    rules, day = rules_of(given), today(given)
    entries = book.entries(rules.criteria)
    if given.codes:
        write(rulebook.codes_csv(entries))
    elif given.csv:
        write(rulebook.as_csv(entries, day))
    elif given.json:
        say(json.dumps(rulebook.as_json(entries, day, rules), indent=2, ensure_ascii=False))
    else:
        say_policy(rules)
        for line in rulebook.as_text(entries, day):
            say(line)
    return 0


def check_policy(name: str) -> int:
    """Whether a policy holds, and what it changes; 2 with every mistake, a line each."""
    try:
        rules = policy.rules(name)
    except policy.BadPolicyFile as error:
        raise UsageError(str(error)) from None
    say(f"{name} holds.")
    say_policy(rules)
    for line in policy_text.difference_lines(rules):
        say(f"  {line}")
    return 0


def show_policy(given: argparse.Namespace) -> int:
    """Every setting with its effective value: as a policy file that can be edited, or as JSON."""
    rules = rules_of(given)
    if given.json:
        say(json.dumps(policy_text.as_json(rules), indent=2, ensure_ascii=False))
    else:
        say(policy_text.toml(rules).rstrip())
    return 0
