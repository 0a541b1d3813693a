"""No COPD, restrictive or symptomatic lung disease? Criteria.md, section E: an absence row."""

import pytest

from tests.build import (
    ICD10,
    ICD10CM,
    LOINC,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    observation,
    quantity,
    visit_diagnosis,
    withheld,
)

ROW = "lung-disease-absent"

COPD = Code(SNOMED, "13645005", "Chronic obstructive lung disease (disorder)")
EMPHYSEMA = Code(ICD10CM, "J43.9", "Emphysema, unspecified")
INTERSTITIAL = Code(ICD10, "J84.1", "Other interstitial pulmonary diseases with fibrosis")
OXYGEN_AT_HOME = Code(ICD10CM, "Z99.81", "Dependence on supplemental oxygen")
ASTHMA = Code(SNOMED, "195967001", "Asthma (disorder)")
ASTHMA_ICD = Code(ICD10CM, "J45.909", "Unspecified asthma, uncomplicated")
ACUTE_FAILURE = Code(ICD10CM, "J96.01", "Acute respiratory failure with hypoxia")
CHRONIC_FAILURE = Code(ICD10CM, "J96.10", "Chronic respiratory failure")
EFFUSION = Code(ICD10CM, "J90", "Pleural effusion, not elsewhere classified")
FEV1 = Code(LOINC, "20150-9", "FEV1")
PERCENT = Code(LOINC, "20152-5", "FEV1 meas/pred")


def with_problems(*resources: Resource) -> bytes:
    """The list of problems is not empty."""
    return chart(hypertension(), *resources)


def fev1(value: str, code: Code = FEV1, *, days_ago: int = 20) -> Resource:
    return observation(code, days_ago=days_ago, valueQuantity=quantity(value))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(with_problems(condition(COPD)), "not-met", id="COPD"),
        pytest.param(with_problems(condition(EMPHYSEMA)), "not-met", id="emphysema"),
        pytest.param(with_problems(condition(INTERSTITIAL)), "not-met", id="fibrosis, ICD-10"),
        pytest.param(with_problems(condition(OXYGEN_AT_HOME)), "not-met", id="oxygen at home"),
        pytest.param(with_problems(condition(CHRONIC_FAILURE)), "not-met", id="chronic failure"),
        pytest.param(chart(condition(COPD)), "not-met", id="found, and nothing beside it"),
        pytest.param(
            with_problems(visit_diagnosis(COPD, days_ago=900)),
            "not-met",
            id="the diagnosis of an old visit: not acute",
        ),
        pytest.param(with_problems(condition(COPD, clinical="resolved")), "met", id="resolved"),
        pytest.param(
            with_problems(condition(COPD, clinical="inactive", abated_days_ago=9)),
            "met",
            id="inactive",
        ),
        # Perhaps
        pytest.param(with_problems(condition(ASTHMA)), "unknown:unclassified", id="asthma asks"),
        pytest.param(
            with_problems(condition(ASTHMA_ICD)), "unknown:unclassified", id="asthma, ICD-10-CM"
        ),
        pytest.param(
            with_problems(condition(ASTHMA), condition(COPD)), "not-met", id="asthma and COPD"
        ),
        pytest.param(
            with_problems(condition(ACUTE_FAILURE)),
            "unknown:unclassified",
            id="acute respiratory failure asks",
        ),
        pytest.param(
            with_problems(condition(text="COPD, mild")), "unknown:unclassified", id="in words"
        ),
        pytest.param(
            with_problems(condition(COPD, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(
            with_problems(condition(COPD, abated_days_ago=40)),
            "unknown:conflicting",
            id="active, yet abated",
        ),
        pytest.param(
            with_problems(condition(COPD, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        pytest.param(
            with_problems(
                condition(COPD, code=None, modifierExtension=UNKNOWN_MODIFIER),
            ),
            "unknown:unreadable",
            id="skipped, and not even its code can be read",
        ),
        # Another row's, not the patient's, or not true
        pytest.param(with_problems(condition(EFFUSION)), "met", id="an effusion is another row's"),
        pytest.param(with_problems(condition(COPD, verification="refuted")), "met", id="refuted"),
        pytest.param(
            with_problems(condition(COPD, verification="entered-in-error", clinical=None)),
            "met",
            id="entered in error",
        ),
        pytest.param(
            with_problems(condition(COPD, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        # FEV1 never decides here
        pytest.param(with_problems(fev1("1.2 L")), "met", id="a low FEV1 is another row's"),
        pytest.param(
            with_problems(condition(COPD), fev1("3.4 L")), "not-met", id="COPD, and a good FEV1"
        ),
        # Nothing to search, or withheld
        pytest.param(chart(), "unknown:absent", id="no problem recorded: never asked"),
        pytest.param(
            withheld(hypertension(), missing=["problems"]),
            "unknown:not-shared",
            id="problem list withheld",
        ),
        pytest.param(
            withheld(hypertension(), refused=["encounterDx"]),
            "unknown:not-shared",
            id="visits refused",
        ),
        pytest.param(
            withheld(condition(COPD), refused=["encounterDx"]), "not-met", id="found in what came"
        ),
        pytest.param(
            withheld(hypertension(), refused=["function"]), "met", id="FEV1 refused: not needed"
        ),
    ],
)
def test_lung_disease_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("resources", "values"),
    [
        pytest.param([fev1("2.4 L")], ["2.4"], id="litres"),
        pytest.param([fev1("2.4 L"), fev1("81 %", PERCENT)], ["2.4", "81"], id="both of one time"),
        pytest.param([fev1("2.4 L", days_ago=900), fev1("81 %", PERCENT)], ["81"], id="the newest"),
        pytest.param([fev1("2.4 L", days_ago=900)], ["2.4"], id="however old, with its date"),
        pytest.param([], [], id="none"),
        pytest.param(
            [observation(FEV1, dataAbsentReason=concept(text="masked"))], [], id="without a value"
        ),
    ],
)
def test_the_newest_fev1_is_shown_beside_it(resources: list[Resource], values: list[str]) -> None:
    found = finding(with_problems(condition(COPD, days_ago=900), *resources), ROW)
    assert found["outcome"] == "not-met"
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    assert [one.get("value") for one in evidence] == [None, *values]


def test_it_is_a_caution() -> None:
    assert finding(with_problems(), ROW)["weight"] == "caution"
