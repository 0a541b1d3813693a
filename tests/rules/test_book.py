"""The rule book as its readers get it; and that what is generated of it is current."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from cds_hooks import pages, rulebook
from cds_hooks.rulebook_page import markdown
from rules import book, codes, reviews
from rules.criteria import CRITERIA
from rules.model import Basis, Outcome, Weight, Why
from rules.site_rules import PUBLISHED
from tests import rulebook as generator

ON: Final = date(2027, 6, 1)
REVIEWED: Final = reviews.read(
    """
    [[review]]
    criterion = "platelets"
    reviewer = "A. Example, MD"
    date = 2026-12-01
    valid_until = 2027-12-01
    [[review]]
    criterion = "lvef-normal"
    reviewer = "B. Example, MD"
    date = 2026-12-01
    valid_until = 2027-05-31
    remark = "at | of <our> *protocol*"
    """,
    ("platelets", "lvef-normal"),
)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# Generated files ----------------------------------------------------------------------------------


def test_what_is_generated_is_current() -> None:
    assert not generator.not_current(), "run `make rulebook` and commit what it writes"


def test_every_row_has_examples_and_one_for_each_answer_of_its_table() -> None:
    for criterion in CRITERIA:
        expected = {row.expected for row in generator.rows_of(criterion)}
        found = {
            one.outcome.value + (f":{one.why.value}" if one.why else "")
            for one in generator.examples()[criterion.id]
        }
        assert expected - {"unknown"} <= found, criterion.id
        assert "unknown" not in expected or any(one.startswith("unknown:") for one in found)


def test_examples_on_the_edge_are_preferred() -> None:
    words = [one.words for one in generator.examples()["creatinine-acceptable"]]
    assert {"on the limit", "last day", "just over", "a day too old"} <= set(words)
    assert "just over, SI" not in words


def test_examples_name_no_resource() -> None:
    text = generator.generated()["rules/data/examples.csv"]
    assert not [line for line in text.splitlines() if "observation-" in line.casefold()]


def test_check_tells_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    for name in generator.generated():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    assert generator.main(["--check"]) == 1
    assert capsys.readouterr().out.split() == list(generator.generated())
    assert generator.main([]) == 0
    capsys.readouterr()
    assert generator.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


# The legend ---------------------------------------------------------------------------------------


def test_every_word_has_a_meaning() -> None:
    assert set(book.OUTCOMES) == set(Outcome)
    assert set(book.REASONS) == set(Why)
    assert set(book.WEIGHTS) == set(Weight)
    assert set(book.BASES) == set(Basis)


# Reviews ------------------------------------------------------------------------------------------


def test_a_row_without_a_review_says_so_in_every_form() -> None:
    entries = book.entries(reviewed=())
    assert markdown(entries).count("- Review: not yet reviewed") == len(CRITERIA)
    assert {one["review"] for one in rows_of(rulebook.as_csv(entries, ON))} == {reviews.NOT_YET}
    found: Any = rulebook.as_json(entries, ON)
    assert {one["review"] for one in found["criteria"]} == {reviews.NOT_YET}
    assert not any("reviews" in one for one in found["criteria"])
    assert "  not yet reviewed" in list(rulebook.as_text(entries, ON))
    assert "none has been reviewed by clinicians yet" in markdown(entries)


def test_a_review_stands_beside_its_row_and_expires() -> None:
    entries = book.entries(reviewed=REVIEWED)
    found: Any = rulebook.as_json(entries, ON)
    by_id = {one["id"]: one for one in found["criteria"]}
    assert by_id["platelets"]["reviews"] == [
        {
            "reviewer": "A. Example, MD",
            "date": "2026-12-01",
            "validUntil": "2027-12-01",
            "expired": False,
        }
    ]
    assert by_id["lvef-normal"]["reviews"][0]["expired"] is True
    assert "expired 2027-05-31" in by_id["lvef-normal"]["review"]
    page = markdown(entries)
    assert "- Review: A. Example, MD, 2026-12-01, valid until 2027-12-01" in page
    assert "at \\| of &lt;our&gt; \\*protocol\\*" in page
    assert f"2 of {len(CRITERIA)} rows reviewed by clinicians" in page


def test_the_page_of_the_service_ages_reviews(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "recorded", lambda _: REVIEWED)
    pages.rule_book.cache_clear()
    try:
        before, after = (
            pages.rule_book(PUBLISHED, day).decode()
            for day in (date(2027, 5, 31), date(2027, 6, 1))
        )
    finally:
        pages.rule_book.cache_clear()
    assert "valid until 2027-05-31: at | of &lt;our&gt;" in before
    assert "expired 2027-05-31" in after


# Forms --------------------------------------------------------------------------------------------


def test_json_names_every_set_with_its_codes_and_those_that_belong_to_it() -> None:
    found: Any = json.loads(json.dumps(rulebook.as_json(book.entries(), ON)))
    for row in found["criteria"]:
        for name in (*row.get("valueSets", ()), *row.get("sharedValueSets", ())):
            assert len(found["valueSets"][name]["codes"]) == len(codes.value_set(name).codes)
            for sibling in found["valueSets"][name].get("belonging", {}):
                assert found["valueSets"][sibling]["codes"]
        assert row["examples"]
    assert found["valueSets"]["lab-creatinine"]["belonging"] == {
        "lab-creatinine-lookalike": "lookalike"
    }
    assert set(found["outcomes"]) == {one.value for one in Outcome}
    assert set(found["reasons"]) == {one.value for one in Why}


def test_csv_has_one_line_a_row_and_every_code() -> None:
    text = rulebook.as_csv(book.entries(), ON)
    assert text.splitlines()[0] == ",".join(rulebook.COLUMNS)
    assert text.endswith("\r\n")
    found = rows_of(text)
    assert [one["id"] for one in found] == [one.id for one in CRITERIA]
    for row in found:
        named = [cell.split(" (")[0] for cell in row["value_sets"].split(" | ") if cell]
        written = set(row["codes"].replace("…", "").replace(" | ", " ").split(" "))
        for name in named:
            assert {one.written for one in codes.value_set(name).codes} <= written
        assert max(map(len, row.values())) <= 32_767, "a spreadsheet cuts longer cells"


def test_the_list_of_codes_has_every_code_with_its_display() -> None:
    entries = book.entries()
    found = rows_of(rulebook.codes_csv(entries))
    listed = {(one["value_set"], one["system"], one["code"].rstrip("…")) for one in found}
    for one in book.used_sets(entries):
        for code in one.codes:
            assert (one.name, rulebook.system_name(code.system), code.written) in listed
    assert all(one["display"] for one in found if one["use"] == "decides")
    (lookalike, *_) = [one for one in found if one["value_set"] == "lab-creatinine-lookalike"]
    assert lookalike["belongs_to"] == "lookalike of lab-creatinine"


@pytest.mark.parametrize(
    "made",
    [markdown, lambda entries: "\n".join(rulebook.as_text(entries, ON))],
    ids=["the page", "text"],
)
def test_every_row_is_told_with_question_limit_and_sources(
    made: Callable[[tuple[book.Entry, ...]], str],
) -> None:
    text = made(book.entries()).replace("\\", "")
    for one in CRITERIA:
        assert one.id in text
        assert one.question in text
        for source in one.sources:
            assert source.url is None or source.url in text


def test_the_page_has_a_heading_for_every_row_as_its_anchor() -> None:
    lines = markdown(book.entries()).splitlines()
    for one in CRITERIA:
        assert f"### {one.id}" in lines
        assert any(f"](#{one.id})" in line for line in lines)


def test_the_page_of_the_service_tells_the_same() -> None:
    page = pages.rule_book(PUBLISHED, ON).decode()
    for entry in book.entries():
        assert f'id="{entry.criterion.id}"' in page
        assert f"<summary>{len(entry.examples)} examples</summary>" in page
    assert page.count("Review: not yet reviewed") == len(CRITERIA)


def test_a_row_without_examples_or_codes_has_no_empty_table() -> None:
    bare = [replace(one, examples=()) for one in book.entries()]
    page = markdown([one for one in bare if one.criterion.id == "cycles-expectation"])
    assert "| chart |" not in page
    assert "- Codes:" not in page
