"""A site's own codes: read as the value set that they stand for, and asked for."""

import json
from datetime import date

import pytest

from cds_hooks.evaluate import read_document
from cds_hooks.fhir.local import understood
from cds_hooks.fhir.prefetch import templates
from cds_hooks.services import discovery
from rules import units
from rules.case import Case
from rules.codes import Use
from rules.local_codes import ANALYTE_SETS, LocalCode, is_read, rows_of
from rules.policy import Policy
from rules.policy_mistakes import warnings
from tests.build import (
    CREATININE,
    OURS,
    PATIENT_ID,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    chart,
    concept,
    condition,
    ecog,
    lab,
    lvef,
    medication_request,
    nothing_against,
    observation,
    quantity,
)
from tests.policy.under import assessed, rules_under, verdict

OWN = Code(OURS, "77", "KREA")


def code(means: str, *, code: str = "77", system: str = OURS, more: str = "") -> str:
    return f'[[local_codes]]\nsystem = "{system}"\ncode = "{code}"\n{means}\n{more}\n'


CREA = code('means = "lab-creatinine"')


@pytest.mark.parametrize(
    ("change", "row", "before", "toml", "after"),
    [
        pytest.param(
            {"creatinine": lab(OWN, "0.9 mg/dL")},
            "creatinine-acceptable",
            "unknown:absent",
            CREA,
            "met",
            id="a laboratory code",
        ),
        pytest.param(
            {"creatinine": lab(OWN, "1.6 mg/dL")},
            "creatinine-acceptable",
            "unknown:absent",
            code('analyte = "Creatinine"'),
            "not-met",
            id="by what is measured, in whatever letters",
        ),
        pytest.param(
            {"creatinine": (lab(CREATININE, "0.9 mg/dL", days_ago=3), lab(OWN, "1.9 mg/dL"))},
            "creatinine-acceptable",
            "met",
            CREA,
            "not-met",
            id="the newest decides, under whatever code",
        ),
        pytest.param(
            {"creatinine": lab(OWN, "0.9 mg/dL", modifierExtension=UNKNOWN_MODIFIER)},
            "creatinine-acceptable",
            "unknown:absent",
            CREA,
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        pytest.param(
            {"creatinine": lab(OWN, "0.9 mg/dL", effectiveDateTime=5)},
            "creatinine-acceptable",
            "unknown:absent",
            CREA,
            "unknown:unclassified",
            id="one that could not be decoded",
        ),
        pytest.param(
            {"ecog": observation(OWN, valueInteger=1)},
            "performance-status",
            "unknown:absent",
            code('means = "ecog-observation-code"'),
            "met",
            id="a flowsheet code with a number",
        ),
        pytest.param(
            {"ecog": ecog(0, valueInteger=None, valueCodeableConcept=concept(OWN))},
            "performance-status",
            "unknown:unclassified",
            code('means = "ecog-answer"', more='answer = "ecog 2"'),
            "not-met",
            id="an answer",
        ),
        pytest.param(
            {"steroid": medication_request(Code(OURS, "77", "own product"))},
            "systemic-corticosteroid",
            "met",
            code('means = "drug-systemic-corticosteroid"'),
            "not-met",
            id="a medicine",
        ),
        pytest.param(
            {"problem": condition(Code(OURS, "77", "a word of ours"))},
            "organ-allograft-absent",
            "met",
            code('means = "transplant-solid-organ"'),
            "not-met",
            id="a problem",
        ),
        pytest.param(
            {"problem": condition(Code(OURS, "77", "a word of ours"))},
            "organ-allograft-absent",
            "met",
            code('means = "transplant-unspecific"'),
            "unknown:unclassified",
            id="a problem that asks",
        ),
        pytest.param(
            {"problem": condition(Code(OURS, "77", "kidney transplant"))},
            "organ-allograft-absent",
            "unknown:unclassified",
            code('means = "psychiatric-major"'),
            "unknown:unclassified",
            id="what the words say is still asked",
        ),
        pytest.param(
            {"creatinine": lab(Code(OURS, "78"), "0.9 mg/dL")},
            "creatinine-acceptable",
            "unknown:absent",
            CREA,
            "unknown:absent",
            id="another code of the same list",
        ),
        pytest.param(
            {"creatinine": lab(Code("urn:oid:9.9", "77"), "0.9 mg/dL")},
            "creatinine-acceptable",
            "unknown:absent",
            CREA,
            "unknown:absent",
            id="the same code of another list",
        ),
        pytest.param(
            {"creatinine": lab(Code("https://labs.example/codes/", "77"), "0.9 mg/dL")},
            "creatinine-acceptable",
            "unknown:absent",
            code('means = "lab-creatinine"', system="http://labs.example/codes"),
            "met",
            id="https and a final slash make no difference",
        ),
    ],
)
def test_a_code_of_a_site(
    change: dict[str, Resource | tuple[Resource, ...] | None],
    row: str,
    before: str,
    toml: str,
    after: str,
) -> None:
    document = chart(*nothing_against(**change))
    assert verdict(document, row) == before
    assert verdict(document, row, toml) == after


def test_the_evidence_names_the_site_s_own_code() -> None:
    found = assessed(chart(*nothing_against(creatinine=lab(OWN, "1.6 mg/dL"))), CREA)
    (seen,) = found.of("creatinine-acceptable").evidence
    assert seen.code == f"{OURS}|77"
    assert seen.label == "creatinine"


@pytest.mark.parametrize(
    ("written", "more", "label"),
    [
        (Code(OURS, "77", "Decortin 5"), "", "Decortin 5"),
        (Code(OURS, "77", "Decortin 5"), 'display = "prednisolone"', "Decortin 5"),
    ],
)
def test_a_medicine_is_called_as_the_chart_calls_it(written: Code, more: str, label: str) -> None:
    toml = code('means = "drug-systemic-corticosteroid"', more=more)
    document = chart(*nothing_against(steroid=medication_request(written)))
    (seen,) = assessed(document, toml).of("systemic-corticosteroid").evidence
    assert seen.label == label


def test_a_code_without_a_name_is_called_after_what_it_stands_for() -> None:
    toml = code('means = "psychiatric-major"')
    document = chart(*nothing_against(problem=condition(Code(OURS, "77", ""))))
    (seen,) = assessed(document, toml).of("psychiatric-history").evidence
    assert seen.label == "psychiatric major"


def test_without_a_map_nothing_is_touched() -> None:
    case = Case(read_document(chart(*nothing_against()), PATIENT_ID), date.fromisoformat(TODAY))
    assert understood(case.chart.entries, {}) is case.chart.entries
    other = rows_of([LocalCode("urn:x", "1", "lab-ldh")])
    assert all(
        one is other_one
        for one, other_one in zip(
            case.chart.entries, understood(case.chart.entries, other), strict=True
        )
    )


def test_several_meanings_of_one_code() -> None:
    both = rules_under(code('means = "lab-leukocytes"') + code('means = "lab-platelets"'))
    (rows,) = both.local_rows.values()
    assert [row.value_set for row in rows] == ["lab-leukocytes", "lab-platelets"]


def test_a_code_decides_only_where_its_set_does() -> None:
    assert LocalCode("urn:x", "1", "lab-ldh").row.use is Use.DECIDES
    assert LocalCode("urn:x", "1", "ecog-answer", "ecog 5").row.use is Use.ASKS


def test_every_analyte_that_is_read_has_a_set_of_codes() -> None:
    read = {one.name for one in vars(units).values() if isinstance(one, units.Analyte)}
    told_apart_by_code = {"systolic/diastolic BP", "FiO2", "oxygen flow", "INR"}
    doses = {"aldesleukin dose", "aldesleukin dose per kg"}
    no_results = {"age", "aspirin of a day", "difference of a dose"}
    assert set(ANALYTE_SETS) == read - told_apart_by_code - doses - no_results
    assert all(is_read(one.name) for one in ANALYTE_SETS.values())


def test_a_set_that_no_rule_reads_is_warned_of() -> None:
    local = (LocalCode("urn:x", "1", "vital-height"), LocalCode("urn:x", "2", "lab-ldh"))
    assert not is_read("orderable-lab")
    unread = LocalCode("urn:x", "1", "orderable-lab", number=1)
    (warning,) = warnings(Policy(local_codes=(unread, local[1])))
    assert str(warning) == "local_codes[1]: no rule reads orderable-lab: it has no effect"


# What is asked of the EHR -------------------------------------------------------------------------


def test_the_codes_of_a_site_are_asked_for() -> None:
    rules = rules_under(CREA + code('means = "ecog-observation-code"', code="a,b|c$d e&f\\\\g"))
    asked = templates(rules)
    assert asked["labs"].endswith(f",{OURS}|77")
    assert asked["performance"].endswith(f",{OURS}|a%5C%2Cb%5C%7Cc%5C%24d%20e%26f%5C%5Cg")
    assert f"{OURS}|77" not in asked["performance"]
    service, *_ = discovery(rules)["services"]
    assert service["prefetch"] == asked
    assert f"{OURS}|77" not in json.dumps(discovery())


def test_signs_in_a_system_do_not_part_the_tokens_of_a_query() -> None:
    rules = rules_under(code('means = "lab-creatinine"', system="https://lab.example/?a,b|c"))
    assert templates(rules)["labs"].endswith(",https://lab.example/%3Fa%5C%2Cb%5C%7Cc|77")


def test_a_code_whose_query_needs_no_codes_changes_no_template() -> None:
    rules = rules_under(code('means = "transplant-solid-organ"'))
    assert templates(rules) == templates()


def test_lists_of_values_are_read_too() -> None:
    """Codings of answers, sites and reports stand deeper in an entry."""
    report = lvef("60 %", code=concept(OWN), valueQuantity=quantity("40 %"))
    document = chart(*nothing_against(lvef=report))
    assert verdict(document, "lvef-normal") == "unknown:absent"
    assert verdict(document, "lvef-normal", code('analyte = "LVEF"')) == "not-met"
