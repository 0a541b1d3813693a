"""
If pregnancy is possible: is it excluded? Criteria.md, section J: negative, at most 7 days old (P).

Not asked of a man, above 55 and below 12 years (P), unless pregnancy is recorded.
"""

from typing import Any

import pytest

from tests.build import (
    HL7,
    ICD10CM,
    LOINC,
    NEGATIVE,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    nothing_against,
    observation,
    patient,
    quantity,
    visit_diagnosis,
    withheld,
)

ROW = "pregnancy-status-verified"

SERUM_TEST = Code(LOINC, "2118-8", "Choriogonadotropin (pregnancy test) [Presence] in Serum")
QUANTITATIVE = Code(LOINC, "21198-7", "Choriogonadotropin.beta subunit [Units/volume] in Serum")
STATUS = Code(LOINC, "82810-3", "Pregnancy status")
POSITIVE = Code(SNOMED, "10828004", "Positive (qualifier value)")
WEAKLY_POSITIVE = Code(SNOMED, "260408008", "Weakly positive (qualifier value)")
PREGNANT = Code(SNOMED, "77386006", "Pregnancy (finding)")
NOT_PREGNANT = Code(SNOMED, "60001007", "Not pregnant (finding)")
POSSIBLE = Code(SNOMED, "146799005", "Possible pregnancy")
UNKNOWN = Code(SNOMED, "261665006", "Unknown (qualifier value)")
NOT_TOLD = Code(HL7 + "v3-NullFlavor", "UNK", "Unknown")
SAID_NEGATIVE = Code(HL7 + "v3-ObservationInterpretation", "NEG", "Negative")
SAID_POSITIVE = Code(HL7 + "v3-ObservationInterpretation", "POS", "Positive")
SUPERVISION = Code(ICD10CM, "Z34.00", "Encounter for supervision of normal first pregnancy")
TEST_NEGATIVE = Code(ICD10CM, "Z32.02", "Encounter for pregnancy test, result negative")
POSTPARTUM = Code(ICD10CM, "Z39.2", "Encounter for routine postpartum follow-up")

BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


def born(sex: str) -> list[Resource]:
    return [{"url": BIRTH_SEX, "valueCode": sex}]


def woman(birth_date: str | None = "1990-03-08", **fields: Any) -> Resource:
    return patient(birth_date=birth_date, **({"gender": "female"} | fields))


def with_woman(*resources: Resource, **fields: Any) -> bytes:
    return chart(woman(**fields), hypertension(), *resources)


def with_man(*resources: Resource) -> bytes:
    return chart(woman(gender="male"), hypertension(), *resources)


def old(*resources: Resource) -> bytes:
    """A woman of 60 years."""
    return with_woman(*resources, birth_date="1966-05-17")


def hcg(value: Code | None, *codes: Code, days_ago: int | None = 2, **fields: Any) -> Resource:
    more: Resource = {"valueCodeableConcept": concept(value)} if value else {}
    return observation(
        *(codes or (SERUM_TEST,)), days_ago=days_ago, category="laboratory", **(more | fields)
    )


def status(value: Code, *, days_ago: int | None = 2, **fields: Any) -> Resource:
    more: Resource = {"valueCodeableConcept": concept(value)} | fields
    return observation(STATUS, days_ago=days_ago, category="social-history", **more)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Excluded
        pytest.param(with_woman(hcg(NEGATIVE)), "met", id="test negative"),
        pytest.param(
            with_woman(hcg(NEGATIVE, days_ago=7)), "met", id="negative, last day of the window"
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, days_ago=8)), "unknown:stale", id="negative, a day too old"
        ),
        pytest.param(with_woman(status(NOT_PREGNANT)), "met", id="recorded as not pregnant"),
        pytest.param(
            chart(*nothing_against(person=woman(), test=hcg(NEGATIVE))),
            "met",
            id="a full chart of a woman, test negative",
        ),
        pytest.param(
            with_woman(hcg(None, interpretation=[concept(SAID_NEGATIVE)])),
            "met",
            id="negative by its interpretation",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), condition(PREGNANT, clinical="resolved", days_ago=900)),
            "met",
            id="an earlier pregnancy, ended",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), visit_diagnosis(SUPERVISION, days_ago=31)),
            "met",
            id="a diagnosis of a visit, a day too old",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), visit_diagnosis(TEST_NEGATIVE)),
            "met",
            id="a visit for the test that was negative is no pregnancy",
        ),
        pytest.param(chart(woman(), hcg(NEGATIVE)), "met", id="no problem recorded"),
        pytest.param(
            with_woman(hcg(POSITIVE, days_ago=5), hcg(NEGATIVE)),
            "met",
            id="the newest decides: negative",
        ),
        # Pregnant
        pytest.param(with_woman(hcg(POSITIVE)), "not-met", id="test positive"),
        pytest.param(with_woman(status(PREGNANT)), "not-met", id="recorded as pregnant"),
        pytest.param(with_woman(condition(PREGNANT)), "not-met", id="a problem of the list"),
        pytest.param(
            with_woman(condition(PREGNANT, days_ago=200)),
            "not-met",
            id="a problem of the list, until it is abated",
        ),
        pytest.param(
            with_woman(visit_diagnosis(SUPERVISION, days_ago=30)),
            "not-met",
            id="a diagnosis of a visit, last day",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), condition(PREGNANT)),
            "not-met",
            id="pregnant by the list, test negative",
        ),
        pytest.param(
            with_woman(hcg(None, interpretation=[concept(SAID_POSITIVE)])),
            "not-met",
            id="positive by its interpretation",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, days_ago=5), status(PREGNANT)),
            "not-met",
            id="the newest decides: pregnant",
        ),
        # Whom it is asked of
        pytest.param(chart(*nothing_against()), "not-applicable", id="a man"),
        pytest.param(
            chart(woman(extension=born("M"))),
            "not-applicable",
            id="male at birth, whatever the gender",
        ),
        pytest.param(
            chart(woman(gender="male", extension=born("F")), hcg(NEGATIVE)),
            "met",
            id="female at birth, gender male",
        ),
        pytest.param(
            chart(woman(gender="male", extension=born("F"))),
            "unknown:absent",
            id="female at birth, gender male, no test",
        ),
        pytest.param(
            chart(woman(gender="male", extension=born("UNK"))),
            "unknown:absent",
            id="the sex at birth told as unknown",
        ),
        pytest.param(chart(woman(gender=None)), "unknown:absent", id="no sex told"),
        pytest.param(chart(woman(gender="other")), "unknown:absent", id="another gender"),
        pytest.param(with_man(condition(PREGNANT)), "not-met", id="a man, pregnancy recorded"),
        pytest.param(with_man(hcg(POSITIVE)), "not-met", id="a man, test positive"),
        pytest.param(
            with_man(hcg(POSITIVE, days_ago=8)), "not-applicable", id="a man, an old test"
        ),
        pytest.param(with_man(hcg(NEGATIVE)), "not-applicable", id="a man, test negative"),
        pytest.param(with_man(status(UNKNOWN)), "not-applicable", id="a man, status unknown"),
        pytest.param(
            with_man(hcg(None, QUANTITATIVE, valueQuantity=quantity("9 [IU]/L"))),
            "not-applicable",
            id="a man, hCG as a tumour marker",
        ),
        pytest.param(
            with_man(hcg(WEAKLY_POSITIVE)),
            "unknown:unclassified",
            id="a man, test weakly positive",
        ),
        pytest.param(
            with_man(condition(text="pregnancy")),
            "unknown:unclassified",
            id="a man, pregnancy in words",
        ),
        pytest.param(
            with_man(hcg(POSITIVE, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a man, a test that had to be skipped",
        ),
        pytest.param(
            with_man(hcg(POSITIVE), hcg(NEGATIVE)),
            "unknown:conflicting",
            id="a man, tests that differ",
        ),
        pytest.param(
            with_man(condition(modifierExtension=UNKNOWN_MODIFIER)),
            "not-applicable",
            id="a man, a problem that nobody can read",
        ),
        pytest.param(
            with_woman(birth_date="1970-11-25"),
            "unknown:absent",
            id="55 years, the day before the birthday",
        ),
        pytest.param(with_woman(birth_date="1970-11-24"), "not-applicable", id="56 years today"),
        pytest.param(
            with_woman(birth_date="2014-11-25"),
            "not-applicable",
            id="11 years, the day before the birthday",
        ),
        pytest.param(with_woman(birth_date="2014-11-24"), "unknown:absent", id="12 years today"),
        pytest.param(
            with_woman(birth_date="1970"), "unknown:absent", id="born 1970: 55 or 56 years"
        ),
        pytest.param(
            with_woman(birth_date="1969"), "not-applicable", id="born 1969: 56 years at least"
        ),
        pytest.param(with_woman(birth_date=None), "unknown:absent", id="no date of birth"),
        pytest.param(
            with_woman(birth_date="2027-01-01"), "unknown:absent", id="born in the future"
        ),
        pytest.param(
            with_woman(birth_date="about 1950"), "unknown:absent", id="a date of birth in words"
        ),
        pytest.param(old(hcg(POSITIVE)), "not-met", id="60 years, test positive"),
        pytest.param(old(condition(PREGNANT)), "not-met", id="60 years, pregnancy recorded"),
        pytest.param(old(hcg(NEGATIVE, days_ago=90)), "not-applicable", id="60 years, an old test"),
        # Unknown
        pytest.param(with_woman(), "unknown:absent", id="never tested"),
        pytest.param(
            with_woman(hcg(POSITIVE, days_ago=8)),
            "unknown:stale",
            id="positive, a day too old",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, days_ago=3), hcg(NEGATIVE, status="registered")),
            "unknown:not-final",
            id="a newer test is awaited",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, status="unknown")),
            "unknown:unreadable",
            id="status of the result unknown",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, status="entered-in-error")),
            "unknown:absent",
            id="an error",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(with_woman(hcg(NEGATIVE, days_ago=None)), "unknown:unreadable", id="undated"),
        pytest.param(
            with_woman(hcg(NEGATIVE, days_ago=-1)), "unknown:unreadable", id="from tomorrow"
        ),
        pytest.param(with_woman(hcg(None)), "unknown:unreadable", id="no result"),
        pytest.param(
            with_woman(hcg(None, dataAbsentReason=concept(text="not performed"))),
            "unknown:unreadable",
            id="a reason why there is no result",
        ),
        pytest.param(
            with_woman(hcg(None, valueString="Negative")),
            "unknown:unreadable",
            id="a result in words does not decide",
        ),
        pytest.param(
            with_woman(hcg(None, valueBoolean=False)),
            "unknown:unreadable",
            id="a result as no",
        ),
        pytest.param(
            with_woman(hcg(WEAKLY_POSITIVE)), "unknown:unclassified", id="weakly positive"
        ),
        pytest.param(
            with_woman(hcg(Code(LOINC, "LA9999-9"))),
            "unknown:unclassified",
            id="an answer that is not listed",
        ),
        pytest.param(with_woman(status(POSSIBLE)), "unknown:unclassified", id="possibly pregnant"),
        pytest.param(with_woman(status(NOT_TOLD)), "unknown:unclassified", id="status not told"),
        pytest.param(
            with_woman(status(NEGATIVE)),
            "unknown:unclassified",
            id="the answer of a test is none of the status",
        ),
        pytest.param(
            with_woman(hcg(None, QUANTITATIVE, valueQuantity=quantity("1 [IU]/L"))),
            "unknown:unclassified",
            id="quantitative hCG: no cut-off was read",
        ),
        pytest.param(
            with_woman(
                hcg(NEGATIVE, days_ago=3),
                hcg(None, QUANTITATIVE, valueQuantity=quantity("1 [IU]/L")),
            ),
            "unknown:unclassified",
            id="an older negative test stands not in for hCG",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), hcg(POSITIVE)),
            "unknown:conflicting",
            id="of the same time, and different",
        ),
        pytest.param(
            with_woman(
                hcg(POSITIVE, days_ago=None, at=ago(2, "08:00:00-05:00")), status(NOT_PREGNANT)
            ),
            "unknown:conflicting",
            id="of the same day, and different",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), status(NOT_PREGNANT)), "met", id="of the same day, agreed"
        ),
        pytest.param(
            with_woman(
                hcg(None, valueCodeableConcept=concept(NEGATIVE, POSITIVE)),
            ),
            "unknown:conflicting",
            id="both answers in one result",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, interpretation=[concept(SAID_POSITIVE)])),
            "unknown:conflicting",
            id="value and interpretation oppose each other",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), condition(text="Pregnancy, first trimester")),
            "unknown:unclassified",
            id="pregnancy in words only",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), condition(PREGNANT, verification="provisional")),
            "unknown:unclassified",
            id="pregnancy not confirmed",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), visit_diagnosis(POSTPARTUM, days_ago=20)),
            "unknown:unclassified",
            id="after a birth: it asks",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE), condition(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="a problem that nobody can read",
        ),
        pytest.param(
            with_woman(hcg(NEGATIVE, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a test that had to be skipped",
        ),
        pytest.param(
            with_woman(condition(PREGNANT, verification="refuted"), hcg(NEGATIVE)),
            "met",
            id="pregnancy refuted",
        ),
        # Withheld
        pytest.param(
            withheld(woman(), hypertension(), hcg(NEGATIVE)), "met", id="every query came"
        ),
        pytest.param(
            withheld(woman(), hypertension(), hcg(NEGATIVE), missing=["social"]),
            "unknown:not-shared",
            id="the status is withheld",
        ),
        pytest.param(
            withheld(woman(), hypertension(), status(NOT_PREGNANT), refused=["labs"]),
            "unknown:not-shared",
            id="tests are refused",
        ),
        pytest.param(
            withheld(woman(), hypertension(), missing=["labs", "social"]),
            "unknown:not-shared",
            id="tests and status are withheld",
        ),
        pytest.param(
            withheld(woman(), hypertension(), hcg(NEGATIVE), missing=["encounterDx"]),
            "unknown:not-shared",
            id="diagnoses of visits are withheld",
        ),
        pytest.param(
            withheld(woman(), hypertension(), hcg(POSITIVE), missing=["social"]),
            "not-met",
            id="a positive test, the status is withheld",
        ),
        pytest.param(
            withheld(woman(), hypertension(), status(PREGNANT), missing=["labs"]),
            "not-met",
            id="recorded as pregnant, tests are withheld",
        ),
        pytest.param(
            withheld(woman(gender="male"), hypertension(), missing=["labs", "social"]),
            "not-applicable",
            id="of a man it is not asked, whatever is withheld",
        ),
    ],
)
def test_pregnancy_status_verified(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_missing_or_old_must_be_verified() -> None:
    for document in (with_woman(), with_woman(hcg(NEGATIVE, days_ago=8))):
        assert finding(document, ROW)["remark"] == "status must be verified"


def test_a_stale_test_is_shown_with_its_date() -> None:
    assert ago(8) in str(finding(with_woman(hcg(NEGATIVE, days_ago=8)), ROW)["evidence"])


def test_both_that_differ_are_shown() -> None:
    document = with_woman(hcg(POSITIVE), status(NOT_PREGNANT))
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    assert len(evidence) == 2


def test_the_negative_test_is_shown_beside_what_is_unclear() -> None:
    document = with_woman(hcg(NEGATIVE), condition(text="pregnancy"))
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    assert len(evidence) == 2
