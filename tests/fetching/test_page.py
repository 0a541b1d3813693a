"""`docs/fhir-access.md` names tests that exist, words that the code says, and its limits."""

import re
from pathlib import Path

import pytest

from cds_hooks.fhir import bundles, client, fetch, search, servers, versions
from tests.fetching import (
    test_addresses,
    test_cards,
    test_faults,
    test_servers,
    test_versions,
    test_wire,
)

PAGE = (Path(__file__).parents[2] / "docs" / "fhir-access.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("\n## Faults\n")[2]
ROWS = re.findall(r"^\| (.+) \| (.+) \| `(test_[^`]+)` \|$", TABLE, re.MULTILINE)
TESTS = {
    name: test
    for module in (test_addresses, test_cards, test_faults, test_servers, test_versions, test_wire)
    for name, test in vars(module).items()
    if name.startswith("test_")
}
# the rows of a table, by the names that pytest gives them
PARTS = {
    *(row.name for row in (*test_faults.FAULTS, *test_faults.READS)),
    *(row[0] for row in (*test_cards.LABS, *test_cards.SCOPES)),
    *(row[0] for row in test_wire.ROWS),
}
SAYS = "".join(
    Path(str(module.__file__)).read_text(encoding="utf-8")
    for module in (bundles, client, fetch, search, versions)
)


def test_every_row_of_the_table_is_read() -> None:
    assert len(ROWS) == TABLE.count("\n|") - 2  # without its head


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_a_test_that_exists(row: tuple[str, str, str]) -> None:
    name, _, part = row[2].rstrip("]").partition("[")
    assert name in TESTS
    assert not part or part in PARTS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_words_of_a_row_are_those_of_the_code(row: tuple[str, str, str]) -> None:
    for words in re.findall('"([^"]+)"', row[1]):
        asked = words.replace("Observation (403)", "{type_name} (403)").replace(" 500", " {status}")
        asked = asked.replace(" 400 (processing)", " {status}{code}")
        asked = asked.replace("in FHIR R5", "in FHIR {told_by_server}")
        asked = asked.replace("of FHIR R5", "of FHIR {names}")
        asked = asked.replace("scope patient/Observation.rs", "scope {' and '.join(lacking)}")
        assert asked in SAYS


def test_the_limits_are_those_of_the_code() -> None:
    limits = PAGE.partition("\n## Limits\n")[2].partition("\nAt the deadline")[0]
    told = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", limits, re.MULTILINE))
    mib = 1024 * 1024
    numbers = {
        name: int(found[0])
        for name, text in told.items()
        if "`" not in text and (found := re.findall(r"\d+", text))
    }
    assert numbers == {
        "tries of one query, inside that": client._TRIES,
        "queries under way at one server": servers._SLOTS,
        "pages of one query": search._MOST_PAGES,
        "one answer, unpacked": client._LARGEST // mib,
        "all answers of one call, unpacked": client._LARGEST_OF_ALL // mib,
        "redirects of one query": client._REDIRECTS,
        "failures in a row until a server is left alone": servers._FAILURES,
        "how long it is left alone": servers._REST_SECONDS,
    }
    pauses = told["pause before the second and the third try"]
    assert pauses.startswith(f"{1000 * client._PAUSE_SECONDS:.0f} and ")
    tries = told["tries of one query, inside that"]
    assert all(str(status) in tries for status in client._AGAIN)
