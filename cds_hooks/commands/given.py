"""What a command was given (settings, policy, day), and how it says what it has to say."""

import argparse
import sys
from datetime import date

from cds_hooks import clock, configuration, policy, policy_text, settings
from cds_hooks.configuration import BadSettings, Configuration
from rules.policy_mistakes import warnings
from rules.site_rules import SiteRules

_MISTAKES_A_LINE = 3


class UsageError(Exception):
    """Something that the caller of a command can mend; one line says what."""


def say(text: str = "") -> None:
    """One line, at once."""
    print(text, flush=True)


def write(text: str) -> None:
    """Text with its own line ends, whatever the machine's are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


def configuration_of(given: argparse.Namespace, file: str | None = None) -> Configuration:
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


def rules_of(given: argparse.Namespace) -> SiteRules:
    """The rules under the policy told, else that of the configuration, else as published."""
    try:
        return policy.rules(given.policy or configuration_of(given).settings.policy.file)
    except policy.BadPolicyFile as error:
        raise UsageError(str(error)) from None


def say_policy(rules: SiteRules) -> None:
    """Which policy is in force, and what in it may not be meant."""
    say(f"Policy {rules.hash}: {policy_text.differences_words(rules)}")
    for one in warnings(rules.policy):
        say(f"  warning: {one}")


def today(given: argparse.Namespace) -> date:
    """The present day in the zone of the settings."""
    return clock.today(configuration_of(given).settings.zone)
