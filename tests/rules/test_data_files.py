"""The data files: the same as those of the rule book, whole, and in agreement with each other."""

import csv
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from rules import codes, stems, units
from rules.codes import Match, Use, ValueSet
from rules.limits import Limit
from rules.tables import rows

DATA: Final = Path(codes.__file__).parent / "data"
_GENERATED: Final = ("examples",)  # by tests/rulebook.py
NAMES: Final = sorted(p.stem for p in DATA.glob("*.csv") if p.stem not in _GENERATED)
_HERE: Final = Path(__file__).parents[2]
SHARED: Final = Path(os.environ.get("IL2_SHARED", _HERE.parent / "shared")) / "knowledge"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the rule book's own files are not here (name them in IL2_SHARED)"
)


# The same, and whole ------------------------------------------------------------------------------


def test_every_table_that_the_rules_read_is_there() -> None:
    assert NAMES == [
        "code-systems",
        "codes",
        "condition-stems",
        "drug-stems",
        "plausible-ranges",
        "siblings",
        "units",
    ]


@needs_shared
@pytest.mark.parametrize("name", NAMES)
def test_a_data_file_equals_the_rule_book_s_byte_for_byte(name: str) -> None:
    assert (DATA / f"{name}.csv").read_bytes() == (SHARED / f"{name}.csv").read_bytes()


@needs_shared
def test_no_table_of_the_rule_book_is_missing() -> None:
    assert sorted(path.stem for path in SHARED.glob("*.csv")) == NAMES


@pytest.mark.parametrize("name", [*NAMES, *_GENERATED])
def test_no_row_is_lost_in_reading(name: str) -> None:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert list(rows(name)) == expected
    assert expected
    assert all(None not in row and None not in row.values() for row in expected)


_PROSE: Final = frozenset({"display", "note", "verified_from"})


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_that_is_compared_has_white_space_around_it(name: str) -> None:
    for row in rows(name):
        compared = [cell for column, cell in row.items() if column not in _PROSE]
        assert all(cell == cell.strip() for cell in compared), row


# codes.csv ----------------------------------------------------------------------------------------

_NAMED: Final = sorted(
    (name, found) for name, found in vars(codes).items() if isinstance(found, ValueSet)
)
_SETS: Final = sorted({row["value_set"] for row in rows("codes")})


def test_every_constant_names_a_set_with_codes() -> None:
    assert len(_NAMED) > 80
    for name, found in _NAMED:
        assert found.name in _SETS, name
        assert found.codes, name
        assert codes.value_set(found.name) == found


@pytest.mark.parametrize("name", ["nonsense", "", "Melanoma-Cutaneous", "melanoma-cutaneous "])
def test_a_value_set_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no value set"):
        codes.value_set(name)


def test_no_code_stands_twice_in_one_set() -> None:
    keys = [(r["value_set"], r["system"], r["code"], r["match"]) for r in rows("codes")]
    assert len(keys) == len(set(keys))


def test_match_and_use_are_words_that_are_known() -> None:
    assert {row["match"] for row in rows("codes")} == {"exact", "prefix"}
    assert {row["use"] for row in rows("codes")} == {use.value for use in Use}


def test_every_row_is_found_again_by_its_own_system_and_code() -> None:
    lost = [
        f"{row['value_set']}: {row['system']}|{row['code']}"
        for row in rows("codes")
        if row["value_set"]
        not in {c.value_set for c in codes.listed(codes.coding(row["system"], row["code"]))}
    ]
    assert not lost


# siblings.csv -------------------------------------------------------------------------------------


def _siblings() -> Iterator[tuple[str, str, str]]:
    """A sibling, its kind, and one set that it belongs to."""
    for row in rows("siblings"):
        for value_set in row["belongs_to"].split():
            yield row["value_set"], row["kind"], value_set


def test_every_sibling_and_what_it_belongs_to_exist() -> None:
    for sibling, kind, value_set in _siblings():
        assert kind in ("lookalike", "unspecific", "in-remission"), sibling
        assert sibling in _SETS
        assert value_set in _SETS
        assert sibling != value_set


def test_every_lookalike_unspecific_and_in_remission_set_that_belongs_to_one_says_so() -> None:
    families = {sibling for sibling, _, _ in _siblings()}
    for sibling, kind, _ in _siblings():
        assert kind in sibling or kind == "lookalike", (sibling, kind)
    assert len(families) == len(rows("siblings"))


def test_a_code_that_decides_in_a_set_does_not_stand_in_a_lookalike_of_it() -> None:
    where: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows("codes"):
        key = (row["system"], codes.normal_code(row["system"], row["code"]), row["match"])
        where.setdefault(key, {})[row["value_set"]] = row["use"]
    for sibling, _, value_set in _siblings():
        for key, uses in where.items():
            if sibling in uses:
                assert uses.get(value_set) != Use.DECIDES.value, (key, sibling, value_set)


def test_every_code_that_decides_in_a_set_is_judged_so_alone() -> None:
    for _, wanted in _NAMED:
        for code in wanted.codes:
            if code.use is Use.DECIDES:
                found = codes.listed(codes.coding(code.system, code.written))
                assert codes.judge([found], wanted).match is Match.DECIDES, code


# `means` ------------------------------------------------------------------------------------------


def _means(wanted: ValueSet) -> set[str]:
    return {code.means for code in wanted.codes if code.use is Use.DECIDES}


def test_every_answer_code_of_a_scale_says_its_grade() -> None:
    assert _means(codes.ECOG_ANSWER) == {f"ecog {grade}" for grade in range(5)}
    assert _means(codes.KARNOFSKY_ANSWER) == {f"karnofsky {n}" for n in range(10, 101, 10)}
    for wanted in (codes.ECOG_ANSWER, codes.KARNOFSKY_ANSWER):
        assert all(re.fullmatch(r"(ecog|karnofsky) \d+", c.means) for c in wanted.codes)


def test_every_trend_is_one_that_the_rules_know() -> None:
    assert _means(codes.DISEASE_STATUS_VALUE) == {"improved", "stable", "worsened"}


# Acute sets ---------------------------------------------------------------------------------------


def test_the_acute_sets_are_those_of_the_rule_book() -> None:
    named = {
        *("active-infection", "cns-altered-mental-status", "cns-coma", "cns-focal-deficit"),
        *("cns-seizure", "cns-raised-intracranial-pressure", "cns-cerebral-oedema"),
        *("cns-unspecific-symptom", "chest-pain", "active-bleeding-other"),
        *("gi-bleed-ischaemia-perforation", "cns-intracranial-haemorrhage", "ascites"),
        *("pleural-effusion", "pericardial-effusion", "kidney-failure", "renal-failure-dialysis"),
        *("hepatic-encephalopathy", "pregnancy"),
    }
    immune = {name for name in _SETS if name.startswith("immune-")}
    assert named <= set(_SETS)
    assert immune
    assert named | immune == codes.ACUTE


@needs_shared
def test_the_acute_sets_stand_so_in_the_text() -> None:
    text = (SHARED / "criteria.md").read_text(encoding="utf-8")
    listed = re.search(r"\*\*Acute sets\*\* \((.*?)\):", text)
    assert listed is not None
    named = set(re.findall(r"`([a-z-]+)`", listed.group(1)))
    assert named == {name for name in codes.ACUTE if not name.startswith("immune-")}


# units.csv and plausible-ranges.csv ---------------------------------------------------------------

_ANALYTES: Final = sorted({row["analyte"] for row in rows("units")})


@pytest.mark.parametrize("name", ["nonsense", "", "Creatinine"])
def test_an_analyte_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no analyte"):
        units.analyte(name)


@pytest.mark.parametrize(
    ("of", "number", "unit"),
    [
        (units.CREATININE, "1.5", "mmol"),
        (units.CREATININE, "1.5", "10*9/L"),
        (units.PLATELETS, "100", "mg/dL"),
        (units.PLATELETS, "100", ""),
        (units.LVEF, "50", "mm"),
    ],
)
def test_a_limit_with_a_unit_that_does_not_fit_fails_when_it_is_made(
    of: units.Analyte, number: str, unit: str
) -> None:
    with pytest.raises(ValueError, match="no unit of"):
        Limit(of, number, unit)


@pytest.mark.parametrize("name", _ANALYTES)
def test_every_analyte_has_one_canonical_unit_that_converts_to_itself(name: str) -> None:
    (unit,) = {row["canonical_unit"] for row in rows("units") if row["analyte"] == name}
    of = units.analyte(name)
    assert of.unit == unit
    if (name, unit) != ("haemoglobin", "mmol/L"):
        assert units.limit(of, "7.25", unit) == Fraction("7.25")


def test_every_factor_is_above_zero() -> None:
    for row in rows("units"):
        above, _, below = row["multiply_by"].partition("/")
        assert Decimal(above) > 0, row
        assert not below or Decimal(below) > 0, row
        Fraction(row["add_before"])
        assert row["kind"] in ("ucum", "text"), row


def test_no_unit_of_an_analyte_stands_twice() -> None:
    keys = [(row["analyte"], row["kind"], row["unit"]) for row in rows("units")]
    assert len(keys) == len(set(keys))


def test_every_plausible_range_is_of_an_analyte_in_its_canonical_unit() -> None:
    for row in rows("plausible-ranges"):
        assert units.analyte(row["analyte"]).unit == row["canonical_unit"]
        assert Decimal(row["low"]) < Decimal(row["high"])


# Stems --------------------------------------------------------------------------------------------


def test_every_stem_is_of_a_set_that_exists_and_is_found_in_its_own_words() -> None:
    for row in rows("condition-stems"):
        if row["match"] == "exclude":
            assert row["value_set"] == "*"
            continue
        assert row["match"] in ("word", "word-start", "pattern"), row
        assert row["value_set"] in _SETS
        words = row["stem"].replace("*", "es")
        assert row["value_set"] in stems.conditions_named([words]), row


def test_every_drug_name_is_of_a_set_that_exists_and_is_found_in_its_own_words() -> None:
    for row in rows("drug-stems"):
        assert row["value_set"] in _SETS
        excluded = [w for w in row["exclude_if_text_contains"].split(";") if w]
        name = row["stem"].casefold()
        if any(word.casefold() in name for word in excluded):
            continue
        found = {(one.value_set, one.name) for one in stems.drugs_named([row["stem"]])}
        assert (row["value_set"], name) in found, row


# code-systems.csv ---------------------------------------------------------------------------------


def test_every_other_address_leads_to_a_system_that_codes_are_listed_under() -> None:
    systems = {row["system"] for row in rows("codes")}
    for row in rows("code-systems"):
        assert row["scope"] in ("all", "first four characters"), row
        assert row["same_as"] in systems, row
        assert codes.normal_system(row["system"]) == row["same_as"]
        assert codes.normal_system(row["same_as"]) == row["same_as"]
