"""
No significant CNS impairment? Criteria.md, section C: a contraindication of the label.

Deficits, altered mental status and coma are acute sets: the diagnosis of a visit counts for
30 days (P), a problem until it is abated. Dementia and the sequelae of a stroke are not acute.
"""

import pytest

from tests.build import (
    BRAIN_METASTASIS,
    GCS,
    HEADACHE,
    HEMIPLEGIA,
    ICD10CM,
    SEIZURE,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    assert_verdict,
    chart,
    condition,
    finding,
    gcs,
    hypertension,
    lab,
    visit_diagnosis,
    withheld,
)

ROW = "cns-impairment-absent"

DELIRIUM = Code(SNOMED, "2776000", "Delirium (disorder)")
COMA = Code(SNOMED, "371632003", "Coma (disorder)")
COMA_SCALE = Code(ICD10CM, "R40.2410", "Glasgow coma scale score 13-15, unspecified time")
DEMENTIA = Code(SNOMED, "52448006", "Dementia (disorder)")
ALZHEIMER = Code(ICD10CM, "G30.9", "Alzheimer's disease, unspecified")
SEQUELAE = Code(ICD10CM, "I69.354", "Hemiplegia following cerebral infarction")
SENSORY = Code(ICD10CM, "R20.2", "Paresthesia of skin")
DIPLOPIA = Code(SNOMED, "24982008", "Diplopia (disorder)")
STROKE_HISTORY = Code(ICD10CM, "Z86.73", "Personal history of TIA, and cerebral infarction")


def with_problems(*resources: Resource) -> bytes:
    """The list of problems is not empty; Glasgow is 15."""
    return chart(hypertension(), gcs(15), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # None recorded
        pytest.param(with_problems(), "met", id="none recognised, Glasgow 15"),
        pytest.param(with_problems(condition(SEIZURE)), "met", id="a seizure is another row's"),
        pytest.param(with_problems(condition(HEADACHE)), "met", id="headache is another row's"),
        pytest.param(
            with_problems(condition(BRAIN_METASTASIS)), "met", id="a brain metastasis is no deficit"
        ),
        # Deficits and the like
        pytest.param(with_problems(condition(HEMIPLEGIA)), "not-met", id="hemiplegia"),
        pytest.param(
            with_problems(condition(Code(ICD10CM, "G8191"))), "not-met", id="ICD-10-CM, no dot"
        ),
        pytest.param(with_problems(condition(DELIRIUM)), "not-met", id="delirium"),
        pytest.param(with_problems(condition(COMA)), "not-met", id="coma"),
        pytest.param(with_problems(condition(DEMENTIA)), "not-met", id="dementia"),
        pytest.param(with_problems(condition(ALZHEIMER)), "not-met", id="Alzheimer's disease"),
        pytest.param(with_problems(condition(SEQUELAE)), "not-met", id="sequelae of a stroke"),
        pytest.param(chart(condition(HEMIPLEGIA)), "not-met", id="found, and no score beside it"),
        # Acute or lasting
        pytest.param(
            with_problems(condition(HEMIPLEGIA, days_ago=900)), "not-met", id="a problem stays"
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, days_ago=900, category=None)),
            "not-met",
            id="no category: stays",
        ),
        pytest.param(
            with_problems(visit_diagnosis(HEMIPLEGIA, days_ago=30)), "not-met", id="visit, last day"
        ),
        pytest.param(
            with_problems(visit_diagnosis(HEMIPLEGIA, days_ago=31)), "met", id="visit, too old"
        ),
        pytest.param(
            with_problems(visit_diagnosis(DEMENTIA, days_ago=900)),
            "not-met",
            id="dementia of an old visit: not acute",
        ),
        pytest.param(
            with_problems(visit_diagnosis(HEMIPLEGIA, days_ago=None)),
            "unknown:unreadable",
            id="a visit without a date",
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, clinical="resolved", abated_days_ago=40)),
            "met",
            id="resolved",
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, clinical="inactive")), "met", id="inactive"
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, clinical="relapse")), "not-met", id="relapse"
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, clinical=None)), "not-met", id="no clinical status"
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, abated_days_ago=40)),
            "unknown:conflicting",
            id="active, yet abated",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(SENSORY)), "unknown:unclassified", id="a code that only asks"
        ),
        pytest.param(
            with_problems(condition(DIPLOPIA)), "unknown:unclassified", id="diplopia: may be ocular"
        ),
        pytest.param(
            with_problems(condition(SENSORY, HEMIPLEGIA)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(
            with_problems(condition(text="Left hemiparesis")), "unknown:unclassified", id="text"
        ),
        pytest.param(
            with_problems(condition(text="Risk of delirium")), "met", id="a risk, in words"
        ),
        pytest.param(
            with_problems(condition(text="Glaucomatous optic atrophy")),
            "met",
            id="'coma' is a whole word only",
        ),
        pytest.param(
            with_problems(condition(STROKE_HISTORY)),
            "unknown:unclassified",
            id="a code of another row, whose display holds a stem of this one",
        ),
        # Not the patient's, or not true
        pytest.param(
            with_problems(condition(HEMIPLEGIA, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, verification="entered-in-error", clinical=None)),
            "met",
            id="entered in error",
        ),
        pytest.param(
            with_problems(condition(HEMIPLEGIA, subject=SOMEBODY_ELSE)), "met", id="another's"
        ),
        pytest.param(
            with_problems(condition(COMA_SCALE)), "met", id="a score of 13 to 15 is no coma"
        ),
        # Glasgow
        pytest.param(chart(hypertension(), gcs(14)), "not-met", id="Glasgow 14"),
        pytest.param(chart(hypertension(), gcs(14, days_ago=14)), "not-met", id="last day"),
        pytest.param(chart(gcs(14)), "not-met", id="Glasgow 14, no problem list at all"),
        pytest.param(
            chart(hypertension(), gcs(13, days_ago=9), gcs(15, days_ago=2)),
            "met",
            id="13, then 15: the newest decides",
        ),
        pytest.param(
            chart(hypertension(), gcs(15, days_ago=9), gcs(13, days_ago=2)),
            "not-met",
            id="15, then 13: the newest decides",
        ),
        pytest.param(
            chart(hypertension(), gcs(14, status="preliminary")),
            "unknown:not-final",
            id="not final",
        ),
        pytest.param(
            chart(hypertension(), lab(GCS, "14 points")), "unknown:unit-unknown", id="'points'"
        ),
        pytest.param(
            chart(hypertension(), gcs(14), gcs(15)), "unknown:conflicting", id="14 and 15 at once"
        ),
        pytest.param(
            chart(hypertension(), gcs(9, status="entered-in-error")), "met", id="Glasgow an error"
        ),
        # Nothing to search, or withheld
        pytest.param(chart(gcs(15)), "unknown:absent", id="no problem recorded: never asked"),
        pytest.param(withheld(hypertension(), gcs(15)), "met", id="every query came"),
        pytest.param(
            withheld(gcs(15), missing=["problems", "encounterDx"]),
            "unknown:not-shared",
            id="no Conditions came",
        ),
        pytest.param(
            withheld(hypertension(), gcs(15), refused=["encounterDx"]),
            "unknown:not-shared",
            id="visits refused",
        ),
        pytest.param(
            withheld(condition(HEMIPLEGIA), gcs(15), refused=["encounterDx"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            withheld(hypertension(), refused=["function"]),
            "unknown:not-shared",
            id="scores refused",
        ),
        pytest.param(
            chart(hypertension(), gcs(14, days_ago=15)),
            "unknown:stale",
            id="Glasgow 14, a day too old: neither bad nor passed over",
        ),
    ],
)
def test_cns_impairment_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_contraindication() -> None:
    assert finding(with_problems(), ROW)["weight"] == "contraindication"
