"""
Writes `docs/hostile-input.md` from the table and the tests beside it.

    python -m tests.hostile.page
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from tests.examples import LONG, QUICK
from tests.fuzz.run import CALLS
from tests.hostile.bodies import MARKER
from tests.hostile.table import ROWS, TABLE, Row
from tests.hostile.test_mutations import VALUES, WITH_CARD, walked
from tests.hostile.test_table import MEMORY, SECONDS
from tests.hostile.test_walks import PAYLOADS, PLACES, STORIES
from tests.service.test_markers import REFUSED

PAGE: Final = Path(__file__).parents[2] / "docs" / "hostile-input.md"


class Tested(NamedTuple):
    """Many inputs, and the test that holds for all of them."""

    input: str
    answer: str
    file: str
    test: str


_WALKED: Final = sum(len(walked(story, is_long=True)) for story in WITH_CARD) * len(VALUES)
_ROUND: Final = f"{QUICK} at a desk, {LONG:,} in CI"

TESTS: Final = (
    Tested(
        f"an array for an object or an object for an array, at {len(PLACES)} places of a request, "
        "one at a time",
        "400 or 412 with the field, or 200 and one card; never 500, never an empty list",
        "tests/hostile/test_walks.py",
        "test_an_array_for_an_object_or_an_object_for_an_array",
    ),
    Tested(
        f"{len(PAYLOADS)} kinds of Markdown, HTML, links, line breaks and invisible signs, in the "
        f"place of every text of {len(STORIES)} charts and behind it",
        "the card has the same Markdown structure as with a harmless word: no tag, no link, no "
        "table, no further line",
        "tests/hostile/test_walks.py",
        "test_markup_in_every_text_of_the_chart_stays_text",
    ),
    Tested(
        f"bytes flipped, cut, doubled, moved and exchanged in {len(WITH_CARD)} requests ({_ROUND})",
        "cards or an error of ours; an empty list only where a Condition, the stage, the patient "
        "or the context is no longer what it was",
        "tests/hostile/test_mutations.py",
        "test_no_damage_to_the_bytes_is_fatal",
    ),
    Tested(
        f"values exchanged between fields of a request ({_ROUND})",
        "the same",
        "tests/hostile/test_mutations.py",
        "test_no_exchange_of_values_between_fields_is_fatal",
    ),
    Tested(
        f"at every seventh place of each request {len(VALUES)} things in turn: nothing, null, an "
        f"empty object, list and text, a number, a long text ({_WALKED:,} in CI)",
        "the same",
        "tests/hostile/test_mutations.py",
        "test_no_value_that_is_missing_null_or_another_is_fatal",
    ),
    Tested(
        f"odd values in up to three fields of a file or request ({_ROUND})",
        "an assessment or an error of ours",
        "tests/fhir/test_whatever_comes.py",
        "test_no_value_in_any_field_is_fatal",
    ),
    Tested(
        f"any bytes, any JSON ({_ROUND})",
        "the same",
        "tests/fhir/test_whatever_comes.py",
        "test_no_document_is_fatal",
    ),
    Tested(
        "each prefetch key in each state in which nobody can tell what is missing",
        "412, or a card that names the key",
        "tests/service/test_prefetch.py",
        "test_what_did_not_come_as_asked_is_named_and_never_an_empty_answer",
    ),
    Tested(
        "another marker in every field of the patient, token, address, id and header: good calls",
        "no marker in the log or the metrics",
        "tests/service/test_markers.py",
        "test_a_good_call_leaves_no_marker",
    ),
    Tested(
        f"the same, refused in {len(REFUSED)} ways",
        "no marker in the answer, its headers, the log or the metrics",
        "tests/service/test_markers.py",
        "test_a_refused_call_leaves_no_marker",
    ),
    Tested(
        "the same, into a fault of ours whose exception carries the whole chart",
        "500 with an id; no marker in the answer, its headers, the log or the metrics",
        "tests/service/test_markers.py",
        "test_a_fault_of_ours_leaves_no_marker",
    ),
    Tested(
        f"{CALLS:,} calls and more, made by Schemathesis from `docs/openapi.json`, most of them "
        "with generated values in a chart of the fixtures (in CI)",
        "every status, media type, header and body as described; no 500; no refusal with cards",
        "tests/fuzz/run.py",
        "run",
    ),
)

_HEAD: Final = f"""\
# Hostile input

What the service answers to input that is broken, by accident or on purpose. Made from
`tests/hostile/table.py` by `python -m tests.hostile.page`; do not edit.

**{{rows}} inputs, {{right}} with the expected answer.**{{faults}} Beyond them CI sends at
least **{{fuzzed}} generated ones**: see [the last table](#many-inputs-at-once).

Each is sent, as bytes on a socket, to a running service. The good request that they change bears
the marker `{MARKER}`. For every row:

- the status is that of the table; a refusal is an OperationOutcome with the FHIR issue code of its
  status, and the words of the table in its message;
- no refusal holds `cards`, the marker, a trace, a path or the name of a library;
- the log never holds the marker;
- it takes less than {SECONDS} seconds (nearly all take milliseconds), the process needs at most
  {MEMORY // 2**20} MB more than before, and the answer is at most 1 MB larger than what was sent;
- a good call afterwards gets the very card that it got before.

What is no HTTP request is refused in the same words each time, and the connection is closed. A
caller that still sends may see its end and not the answer.
"""


def text() -> str:
    """What the file must hold."""
    faults = [row for _, row in ROWS if row.fault]
    said = "".join(f" Not yet: {row.name} ({row.fault})." for row in faults)
    drawn = sum(_ROUND in one.input for one in TESTS) * LONG
    head = _HEAD.format(
        rows=len(ROWS),
        right=len(ROWS) - len(faults),
        faults=said,
        fuzzed=f"{drawn + _WALKED + CALLS:,}",
    )
    return "\n".join([head, *_sections(), *_tests()]) + "\n"


def _sections() -> Iterator[str]:
    for name, rows in TABLE.items():
        yield from (f"## {name}", "", "| input | answer | test |", "|---|---|---|")
        yield from map(_line, rows)
        yield ""


def _line(row: Row) -> str:
    answers = [str(one) for one in row.expected]
    same = len(answers) > 1 and len(set(answers)) == 1
    answer = f"{len(answers)} times {answers[0]}" if same else ", then ".join(answers)
    return f"| {_cell(row.name)} | {_cell(answer)} | `test_the_table` |"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def _tests() -> Iterator[str]:
    yield from ("## Many inputs at once", "", "| input | answer | test |", "|---|---|---|")
    for one in TESTS:
        yield f"| {one.input} | {one.answer} | `{one.file}`, `{one.test}` |"


def named_tests() -> Iterator[object]:
    """The tests that the page names; `AttributeError` or `ImportError` for one that is not."""
    for one in TESTS:
        module = import_module(one.file.removesuffix(".py").replace("/", "."))
        yield getattr(module, one.test)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
