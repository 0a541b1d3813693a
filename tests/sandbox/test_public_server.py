"""Our service in front of the server that `--fhir-base` names: see `docs/fhir-servers.md`."""

import pytest

from tests.sandbox import checks
from tests.sandbox.checks import Check
from tests.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.sandbox


def holds(check: Check, sandbox: Sandbox) -> None:
    """Or the test fails with the problems, a line each."""
    if found := checks.problems(check, sandbox):
        pytest.fail("\n".join(found), pytrace=False)


def test_the_server_says_that_it_is_fhir_r4(sandbox: Sandbox) -> None:
    holds(checks.release, sandbox)


def test_every_query_of_discovery_is_answered_or_its_refusal_is_named(sandbox: Sandbox) -> None:
    holds(checks.queries, sandbox)


def test_without_the_prefetch_or_half_of_it_the_cards_are_those_of_the_whole(
    sandbox: Sandbox,
) -> None:
    holds(checks.cards, sandbox)


def test_the_chart_that_we_read_is_that_of_a_plain_reader(sandbox: Sandbox) -> None:
    holds(checks.charts, sandbox)


def test_check_server_ends_as_documented(sandbox: Sandbox) -> None:
    holds(checks.check_server, sandbox)


def test_evaluate_ends_as_documented(sandbox: Sandbox) -> None:
    holds(checks.evaluate, sandbox)


def test_only_reads_go_out_and_few_at_once(sandbox: Sandbox) -> None:
    holds(checks.traffic, sandbox)
