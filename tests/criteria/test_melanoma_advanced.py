"""Is the melanoma metastatic? Criteria.md, section A, and rule 10."""

from typing import Any

import pytest

from tests.build import (
    BRAIN_METASTASIS,
    BRAIN_METASTASIS_ICD,
    BREAST_CANCER,
    HYPERTENSION,
    ICD10CM,
    LOCAL,
    LUNG_METASTASIS,
    M0,
    M1B,
    M1D,
    MELANOMA,
    MELANOMA_SNOMED,
    SNOMED,
    SOMEBODY_ELSE,
    STAGE_III,
    STAGE_IV,
    Code,
    Resource,
    advanced_melanoma,
    ago,
    aldesleukin_order,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    m_category,
    observation,
    reference,
    related,
    resource,
    stage,
    visit_diagnosis,
    withheld,
)

ROW = "melanoma-advanced"

UNSPECIFIED = Code(SNOMED, "372244006", "Malignant melanoma (disorder)")
METASTATIC = Code(SNOMED, "314987003", "Metastasis from malignant melanoma of skin (disorder)")
METASTATIC_TO_SKIN = Code(SNOMED, "1197324006", "Metastatic malignant melanoma to skin (disorder)")
CONJUNCTIVAL = Code(SNOMED, "255004001", "Malignant melanoma of conjunctiva (disorder)")
ANAL = Code(SNOMED, "276821000", "Malignant melanoma of anus (disorder)")
CHOROID_CANCER = Code(ICD10CM, "C69.31", "Malignant neoplasm of right choroid")
IN_SITU = Code(ICD10CM, "D03.59", "Melanoma in situ of other part of trunk")
HISTORY = Code(ICD10CM, "Z85.820", "Personal history of malignant melanoma of skin")
HISTORY_SNOMED = Code(SNOMED, "161432005", "History of malignant melanoma (situation)")
NODES = Code(ICD10CM, "C77.3", "Secondary malignant neoplasm of axilla and upper limb lymph nodes")
SKIN = Code(ICD10CM, "C79.2", "Secondary malignant neoplasm of skin")
UNKNOWN_PRIMARY = Code(SNOMED, "285604008", "Metastasis to lung of unknown primary (disorder)")
LIVER_METASTASIS = Code(SNOMED, "94381002", "Metastatic malignant neoplasm to liver (disorder)")
ANAL_CANCER = Code(ICD10CM, "C21.0", "Malignant neoplasm of anus, unspecified")
LUNG_CANCER = Code(SNOMED, "363358000", "Malignant tumor of lung (disorder)")
BRAIN_CANCER = Code(SNOMED, "428061005", "Malignant neoplasm of brain (disorder)")
FULL_REMISSION = Code(SNOMED, "103338009", "In full remission (qualifier value)")
HISTORY_OF_METASTASES = Code(SNOMED, "1287652008", "History of metastatic malignant neoplasm")
STAGE_II = Code(SNOMED, "258219007", "Stage 2 (qualifier value)")
LEPTOMENINGES = Code(ICD10CM, "C79.32", "Secondary malignant neoplasm of cerebral meninges")


def melanoma(**fields: Any) -> Resource:
    return condition(MELANOMA, days_ago=700, **fields)


def lung(**fields: Any) -> Resource:
    return condition(LUNG_METASTASIS, days_ago=60, **fields)


def linked_to(cancer: Resource) -> Resource:
    return lung(extension=[related(cancer)])


def at_each_other() -> tuple[Resource, Resource]:
    """Two metastases, each linked to the other: whose they are is not told."""
    one, other = lung(), condition(LIVER_METASTASIS)
    one["extension"], other["extension"] = [related(other)], [related(one)]
    return one, other


def staged_at(tumour: Resource) -> Resource:
    return stage(STAGE_IV, focus=[{"reference": reference(tumour)}])


PRIMARY = melanoma()
BREAST = condition(BREAST_CANCER, days_ago=400)
OF_MELANOMA = linked_to(PRIMARY)
OF_BREAST = linked_to(BREAST)
OF_NOBODY = lung()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Melanoma and a distant metastasis
        pytest.param(chart(*advanced_melanoma()), "met", id="skin melanoma and lung metastasis"),
        pytest.param(
            chart(condition(MELANOMA_SNOMED), condition(LIVER_METASTASIS)),
            "met",
            id="the same in SNOMED",
        ),
        pytest.param(
            chart(melanoma(), condition(BRAIN_METASTASIS)), "met", id="brain metastasis counts"
        ),
        pytest.param(
            chart(melanoma(), condition(LEPTOMENINGES)),
            "met",
            id="leptomeningeal metastasis counts",
        ),
        pytest.param(chart(condition(METASTATIC)), "met", id="one code says both"),
        pytest.param(
            chart(condition(UNSPECIFIED), condition(BRAIN_METASTASIS_ICD)),
            "met",
            id="the commonest code, primary site not stated",
        ),
        pytest.param(
            chart(condition(CONJUNCTIVAL), condition(LIVER_METASTASIS)), "met", id="ocular"
        ),
        pytest.param(chart(condition(ANAL), lung()), "met", id="mucosal"),
        pytest.param(
            chart(melanoma(), visit_diagnosis(LUNG_METASTASIS, days_ago=300)),
            "met",
            id="metastasis known from a visit long ago: not an acute set",
        ),
        pytest.param(
            chart(condition(MELANOMA, days_ago=None), condition(LUNG_METASTASIS, days_ago=None)),
            "met",
            id="active problems without a date",
        ),
        pytest.param(chart(melanoma(category=None), lung(category=None)), "met", id="no category"),
        # Which code, in which system, in which place
        pytest.param(
            chart(condition(LOCAL, MELANOMA), condition(LUNG_METASTASIS, LOCAL)),
            "met",
            id="the site's own coding first or last",
        ),
        pytest.param(
            chart(
                condition(Code(ICD10CM, "C4359")),
                condition(Code(ICD10CM, "C7800")),
            ),
            "met",
            id="ICD-10-CM without the dot",
        ),
        pytest.param(
            chart(condition(Code("urn:oid:2.16.840.1.113883.6.90", "C43.59")), lung()),
            "met",
            id="ICD-10-CM by its OID",
        ),
        pytest.param(
            chart(condition(Code("https://snomed.info/sct/", "93655004")), lung()),
            "met",
            id="SNOMED with https and a slash",
        ),
        pytest.param(
            chart(
                condition(Code("http://snomed.info/sct/731000124108/version/20250901", "93655004")),
                lung(),
            ),
            "met",
            id="SNOMED with a version",
        ),
        pytest.param(
            chart(condition(Code("urn:oid:1.2.3", "C43.59")), lung()),
            "not-met",
            id="the right code in the wrong system",
        ),
        # Clinical status and verification
        pytest.param(chart(melanoma(clinical="recurrence"), lung()), "met", id="recurrence"),
        pytest.param(chart(melanoma(clinical="relapse"), lung()), "met", id="relapse"),
        pytest.param(
            chart(melanoma(clinical=None), lung(clinical=None)),
            "met",
            id="no clinical status and no abatement: active",
        ),
        pytest.param(chart(melanoma(verification=None), lung()), "met", id="verification unsaid"),
        pytest.param(
            chart(melanoma(verification="unconfirmed"), lung()),
            "unknown:unclassified",
            id="melanoma unconfirmed",
        ),
        pytest.param(
            chart(melanoma(verification="provisional"), lung()),
            "unknown:unclassified",
            id="melanoma provisional",
        ),
        pytest.param(
            chart(melanoma(), lung(verification="differential")),
            "unknown:unclassified",
            id="metastasis a differential diagnosis",
        ),
        pytest.param(
            chart(melanoma(verification="refuted"), lung()), "not-met", id="melanoma refuted"
        ),
        pytest.param(
            chart(melanoma(verification="entered-in-error", clinical=None), lung()),
            "not-met",
            id="melanoma entered in error",
        ),
        pytest.param(
            chart(melanoma(), lung(verification="refuted")),
            "unknown:absent",
            id="metastasis refuted: as if it were not there",
        ),
        pytest.param(
            chart(melanoma(clinical="remission")), "not-met", id="in remission, no metastasis"
        ),
        pytest.param(
            chart(melanoma(clinical="resolved", abated_days_ago=300)), "not-met", id="resolved"
        ),
        pytest.param(
            chart(melanoma(abated_days_ago=100), lung()),
            "unknown:conflicting",
            id="active, yet abated a while ago",
        ),
        pytest.param(
            chart(condition(MELANOMA, onset=ago(-1)), lung()),
            "unknown:unreadable",
            id="begins tomorrow",
        ),
        # No melanoma, or one of the past
        pytest.param(chart(hypertension()), "not-met", id="no melanoma"),
        pytest.param(chart(lung()), "not-met", id="metastasis without a melanoma"),
        pytest.param(chart(condition(IN_SITU)), "not-met", id="melanoma in situ"),
        pytest.param(chart(condition(HISTORY)), "not-met", id="history alone"),
        pytest.param(
            chart(condition(CHOROID_CANCER)), "not-met", id="eye cancer, histology not in the code"
        ),
        pytest.param(
            chart(condition(HISTORY), lung()),
            "unknown:unclassified",
            id="history code beside an active metastasis: often active disease",
        ),
        pytest.param(
            chart(condition(HISTORY_SNOMED), lung()),
            "unknown:unclassified",
            id="history, in SNOMED, beside a lung metastasis",
        ),
        pytest.param(
            chart(condition(FULL_REMISSION, text="Melanoma of the back"), hypertension()),
            "not-met",
            id="'in full remission', of melanoma by its words",
        ),
        pytest.param(
            chart(condition(FULL_REMISSION, text="Melanoma of the back"), lung()),
            "unknown:unclassified",
            id="'in full remission' of melanoma beside an active metastasis",
        ),
        # Melanoma, but how far it has spread is not told
        pytest.param(chart(melanoma()), "unknown:absent", id="no stage, no metastasis"),
        pytest.param(chart(melanoma(), condition(NODES)), "unknown:unclassified", id="nodes alone"),
        pytest.param(chart(melanoma(), condition(SKIN)), "unknown:unclassified", id="skin alone"),
        pytest.param(
            chart(melanoma(), condition(METASTATIC_TO_SKIN)),
            "unknown:unclassified",
            id="melanoma metastatic to skin: in transit or distant",
        ),
        pytest.param(
            chart(melanoma(), condition(UNKNOWN_PRIMARY)),
            "unknown:unclassified",
            id="metastasis of unknown primary",
        ),
        pytest.param(chart(melanoma(), condition(NODES), lung()), "met", id="nodes and lung"),
        # Look-alikes, text
        pytest.param(
            chart(condition(MELANOMA, IN_SITU), lung()),
            "unknown:conflicting",
            id="invasive and in situ in one entry",
        ),
        pytest.param(
            chart(condition(HISTORY_SNOMED, MELANOMA_SNOMED), lung()),
            "unknown:conflicting",
            id="history and disease in one entry",
        ),
        pytest.param(
            chart(condition(text="Metastatic melanoma"), hypertension()),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            chart(condition(text="Melanoma, left shoulder"), lung()),
            "unknown:unclassified",
            id="melanoma as text beside a coded metastasis",
        ),
        pytest.param(
            chart(condition(Code(LOCAL.system, "77", "MELANOMA OF BACK")), lung()),
            "unknown:unclassified",
            id="the site's own code, with a telling display",
        ),
        pytest.param(
            chart(condition(text="Family history of melanoma"), hypertension()),
            "not-met",
            id="the family's, in words",
        ),
        pytest.param(
            chart(
                resource("FamilyMemberHistory", status="completed", patient=SOMEBODY_ELSE),
                hypertension(),
            ),
            "not-met",
            id="family history is nobody's disease",
        ),
        # Whose disease, which cancer
        pytest.param(
            chart(melanoma(subject=SOMEBODY_ELSE), lung()), "not-met", id="another patient's"
        ),
        pytest.param(
            chart(melanoma(), lung(), BREAST),
            "unknown:conflicting",
            id="another primary could be the source",
        ),
        pytest.param(
            chart(melanoma(), lung(), condition(BREAST_CANCER, clinical="resolved")),
            "met",
            id="the other primary is not active",
        ),
        pytest.param(
            chart(PRIMARY, linked_to(PRIMARY), BREAST), "met", id="linked to the melanoma"
        ),
        pytest.param(
            chart(PRIMARY, linked_to(BREAST), BREAST),
            "unknown",
            id="linked to the breast cancer: not the melanoma's",
        ),
        pytest.param(
            chart(melanoma(), condition(METASTATIC), BREAST),
            "met",
            id="the metastasis names its primary",
        ),
        pytest.param(
            chart(condition(ANAL, ANAL_CANCER), lung()),
            "met",
            id="melanoma of the anus coded as anal cancer too: one entry, no other primary",
        ),
        pytest.param(
            chart(melanoma(), condition(LUNG_METASTASIS, LUNG_CANCER)),
            "met",
            id="the metastasis coded as lung cancer too: one entry, no other primary",
        ),
        pytest.param(
            chart(melanoma(), condition(BRAIN_METASTASIS_ICD, BRAIN_CANCER)),
            "met",
            id="the brain metastasis coded as brain cancer too: one entry, no other primary",
        ),
        pytest.param(
            chart(melanoma(), *at_each_other()),
            "met",
            id="two metastases linked to each other, and no other primary",
        ),
        pytest.param(
            chart(melanoma(), *at_each_other(), BREAST),
            "unknown:conflicting",
            id="two metastases linked to each other, and another primary",
        ),
    ],
)
def test_melanoma_and_metastasis(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def staged(*stages: Resource) -> bytes:
    return chart(melanoma(), *stages)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(staged(stage(STAGE_IV)), "met", id="stage IV"),
        pytest.param(staged(m_category(M1B)), "met", id="M1b"),
        pytest.param(
            staged(m_category(M0, days_ago=40), lung()),
            "unknown:conflicting",
            id="M0 after the metastasis",
        ),
        pytest.param(
            staged(m_category(M0, days_ago=60), lung()),
            "unknown:conflicting",
            id="M0 on the day of the metastasis",
        ),
        pytest.param(
            staged(m_category(M0, days_ago=61), lung()), "met", id="M0, then the metastasis"
        ),
        pytest.param(
            staged(m_category(M0, days_ago=61), condition(LUNG_METASTASIS, days_ago=None)),
            "unknown:conflicting",
            id="M0, and a metastasis of no known day",
        ),
        pytest.param(staged(m_category(M1D)), "met", id="M1d"),
        pytest.param(staged(stage(STAGE_IV, days_ago=365)), "met", id="last day of the window"),
        pytest.param(staged(stage(STAGE_IV, days_ago=366)), "unknown:stale", id="a day too old"),
        pytest.param(
            chart(*advanced_melanoma(), stage(STAGE_IV, days_ago=366)),
            "met",
            id="the metastasis needs no stage beside it",
        ),
        pytest.param(staged(stage(STAGE_III)), "unknown:unclassified", id="stage III"),
        pytest.param(
            staged(stage(STAGE_III, days_ago=200), stage(STAGE_IV, days_ago=20)),
            "met",
            id="the latest stage decides: III, then IV",
        ),
        pytest.param(
            staged(stage(STAGE_IV, days_ago=200), stage(STAGE_III, days_ago=20)),
            "unknown:unclassified",
            id="the latest stage decides: IV, then III",
        ),
        pytest.param(
            staged(stage(STAGE_IV), stage(STAGE_III)),
            "unknown:conflicting",
            id="two stages of the same moment",
        ),
        pytest.param(
            staged(stage(STAGE_IV, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            staged(
                stage(STAGE_IV, days_ago=100),
                stage(STAGE_III, days_ago=5, status="entered-in-error"),
            ),
            "met",
            id="a newer stage entered in error: look on",
        ),
        pytest.param(staged(stage(STAGE_IV, status="amended")), "met", id="amended counts"),
        pytest.param(staged(stage(STAGE_IV, days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(staged(stage(STAGE_IV, days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            staged(stage(STAGE_IV, days_ago=None, issued=ago(12, "10:00:00-05:00"))),
            "met",
            id="only a date of issue",
        ),
        pytest.param(
            staged(stage(STAGE_IV, valueCodeableConcept=None)), "unknown:unreadable", id="no value"
        ),
        pytest.param(
            staged(
                stage(
                    STAGE_IV,
                    valueCodeableConcept=None,
                    dataAbsentReason=concept(text="not performed"),
                )
            ),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(
            staged(stage(STAGE_IV, valueCodeableConcept=None, valueString="IV")),
            "unknown",
            id="stage as a string never decides",
        ),
        pytest.param(
            staged(stage(STAGE_IV, valueCodeableConcept=concept(text="IV"))),
            "unknown",
            id="stage as text never decides",
        ),
        pytest.param(
            staged(stage(STAGE_IV, subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's stage",
        ),
        pytest.param(
            chart(melanoma(stage=[{"summary": concept(STAGE_IV)}])),
            "met",
            id="the stage stands in the Condition",
        ),
        pytest.param(
            chart(melanoma(stage=[{"summary": concept(STAGE_IV)}]), stage(STAGE_III)),
            "unknown:unclassified",
            id="the Observation goes before the copy in the Condition",
        ),
        pytest.param(chart(hypertension(), stage(STAGE_IV)), "not-met", id="no melanoma to stage"),
        pytest.param(
            chart(
                PRIMARY, BREAST, stage(STAGE_IV, focus=[{"reference": f"Condition/{BREAST['id']}"}])
            ),
            "unknown:absent",
            id="the stage of the breast cancer",
        ),
        pytest.param(
            chart(
                PRIMARY,
                BREAST,
                stage(STAGE_IV, focus=[{"reference": f"Condition/{PRIMARY['id']}"}]),
            ),
            "met",
            id="the stage of the melanoma, beside a breast cancer",
        ),
        pytest.param(
            chart(PRIMARY, BREAST, stage(STAGE_IV)),
            "unknown:conflicting",
            id="the stage of one of two cancers",
        ),
        pytest.param(
            chart(PRIMARY, BREAST, OF_MELANOMA, staged_at(OF_MELANOMA)),
            "met",
            id="the stage by a metastasis that is linked to the melanoma",
        ),
        pytest.param(
            chart(PRIMARY, BREAST, OF_BREAST, staged_at(OF_BREAST)),
            "unknown",
            id="the stage by a metastasis that is linked to the breast cancer",
        ),
        pytest.param(
            chart(PRIMARY, BREAST, OF_NOBODY, staged_at(OF_NOBODY)),
            "unknown:conflicting",
            id="the stage by a metastasis of nobody knows which cancer",
        ),
        pytest.param(
            chart(PRIMARY, OF_NOBODY, staged_at(OF_NOBODY)),
            "met",
            id="the stage by a metastasis, and melanoma is the only cancer",
        ),
        pytest.param(
            chart(melanoma(stage=[{"summary": concept(STAGE_II)}])),
            "unknown",
            id="the stage in the Condition is below IV",
        ),
        pytest.param(
            chart(melanoma(stage=[{"summary": concept(STAGE_II)}, {"summary": concept(STAGE_IV)}])),
            "met",
            id="two stages in the Condition, one of them IV",
        ),
        pytest.param(
            staged(observation(HISTORY_OF_METASTASES, valueBoolean=True)),
            "unknown:unclassified",
            id="'history of metastatic cancer': the code only asks",
        ),
        pytest.param(
            staged(observation(HISTORY_OF_METASTASES, valueBoolean=False)),
            "unknown:absent",
            id="no 'history of metastatic cancer': means none",
        ),
        pytest.param(
            chart(
                PRIMARY,
                BREAST,
                observation(
                    HISTORY_OF_METASTASES,
                    valueBoolean=True,
                    focus=[{"reference": reference(BREAST)}],
                ),
            ),
            "unknown:absent",
            id="'history of metastatic cancer' of the breast",
        ),
    ],
)
def test_melanoma_and_stage(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(withheld(*advanced_melanoma()), "met", id="everything came"),
        pytest.param(
            withheld(*advanced_melanoma(), missing=["stage"]),
            "unknown:not-shared",
            id="stage did not come: an M0 against the metastasis may stand there",
        ),
        pytest.param(
            withheld(melanoma(), missing=["stage"]), "unknown:not-shared", id="stage did not come"
        ),
        pytest.param(
            withheld(melanoma(), refused=["stage"]), "unknown:not-shared", id="stage refused"
        ),
        pytest.param(
            withheld(melanoma(), stage(STAGE_IV), missing=["labs", "allergies"]),
            "met",
            id="other queries do not matter",
        ),
        pytest.param(
            withheld(hypertension(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="no melanoma among the problems, visits did not come",
        ),
        pytest.param(
            withheld(refused=["problems", "encounterDx"]),
            "unknown:not-shared",
            id="all Conditions refused",
        ),
        pytest.param(
            withheld(missing=["problems", "encounterDx"]),
            "unknown:not-shared",
            id="no Conditions came",
        ),
        pytest.param(
            chart(aldesleukin_order()), "unknown:absent", id="an order and no Condition at all"
        ),
    ],
)
def test_melanoma_withheld(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(chart(condition(UNSPECIFIED), lung()), id="primary site not stated"),
        pytest.param(chart(condition(CONJUNCTIVAL), lung()), id="ocular: evidence is cutaneous"),
        pytest.param(chart(condition(ANAL), lung()), id="mucosal: evidence is cutaneous"),
    ],
)
def test_what_the_evidence_does_not_cover_gets_a_remark(document: bytes) -> None:
    assert finding(document, ROW)["outcome"] == "met"
    assert finding(document, ROW).get("remark")


def test_the_evidence_names_melanoma_and_metastasis() -> None:
    primary, metastasis = advanced_melanoma()
    evidence = finding(chart(primary, metastasis), ROW)["evidence"]
    assert isinstance(evidence, list)
    named = {one["reference"] for one in evidence}
    assert {f"Condition/{one['id']}" for one in (primary, metastasis)} <= named


def test_the_condition_of_hypertension_is_no_evidence() -> None:
    other = condition(HYPERTENSION)
    evidence = finding(chart(*advanced_melanoma(), other), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert f"Condition/{other['id']}" not in {one["reference"] for one in evidence}
