"""Rules under a policy that is written as a site would write it."""

from datetime import date

from cds_hooks import policy
from cds_hooks.evaluate import evaluate
from rules.model import Assessment, Finding
from rules.site_rules import SiteRules
from tests.build import PATIENT_ID, TODAY


def rules_under(toml: str) -> SiteRules:
    """The rules under a policy without a mistake."""
    read, mistakes = policy.parse(toml)
    assert mistakes == ()
    return SiteRules(read)


def assessed(document: bytes, toml: str = "") -> Assessment:
    """A chart, assessed under a policy on the usual day."""
    return evaluate(document, date.fromisoformat(TODAY), PATIENT_ID, rules_under(toml))


def verdict(document: bytes, row: str, toml: str = "") -> str:
    """`met`, `unknown:stale`."""
    return words(assessed(document, toml).of(row))


def words(finding: Finding) -> str:
    """`met`, `unknown:stale`."""
    return finding.outcome.value + (f":{finding.why.value}" if finding.why else "")
