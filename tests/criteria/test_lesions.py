"""
LESIONS: is there a brain lesion? Criteria.md, "Outcome of one criterion".

LESIONS is no row of its own, so it is read off the rows that rest on it:
PRESENT is what makes brain-metastases-not-exclusion met; without a lesion
brain-mets-asymptomatic is not-applicable; undecided, it is unknown.
"""

import pytest

from tests.build import (
    BRAIN,
    BRAIN_METASTASIS,
    BRAIN_METASTASIS_ICD,
    BREAST_CANCER,
    FRONTAL_LOBE,
    HEAD,
    ICD10,
    ICD10CM,
    LIVER,
    LOCAL,
    LOINC,
    LUNG_METASTASIS,
    M0,
    M1B,
    M1D,
    MELANOMA,
    MRI_LIMITED,
    MRI_WITHOUT_CONTRAST,
    NEGATIVE,
    NO_ABNORMALITY,
    SCAN_ABNORMAL,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    evaluate,
    head_ct,
    m_category,
    prefetch_of,
    related,
    report,
    request,
    stage,
    verdict,
    visit_diagnosis,
    withheld,
)

MELANOMA_PROBLEM = condition(MELANOMA, days_ago=700)
BREAST = condition(BREAST_CANCER, days_ago=400)
METASTATIC = Code(SNOMED, "128462008", "Metastatic malignant neoplasm (disorder)")
UNSPECIFIED_SITE = Code(ICD10CM, "C79.9", "Secondary malignant neoplasm of unspecified site")
SPACE_OCCUPYING = Code(ICD10CM, "R90.0", "Intracranial space-occupying lesion found on imaging")
CHEST_CT = Code("http://loinc.org", "24627-2", "CT Chest")
GLIOMA = Code(ICD10CM, "C71.9", "Malignant neoplasm of brain, unspecified")
MENINGIOMA = Code(ICD10CM, "D32.0", "Benign neoplasm of cerebral meninges")
BENIGN = Code(ICD10CM, "D33.2", "Benign neoplasm of brain, unspecified")
NEUROBLASTOMA = Code(SNOMED, "1251456000", "Metastatic neuroblastoma to brain (disorder)")
ANY_MRI = Code(SNOMED, "113091000", "Magnetic resonance imaging (procedure)")
M_CATEGORY_OTHER = Code(LOINC, "21913-9", "Distant metastases.other [Class] Cancer")
NEGATIVE_MRI = brain_mri(conclusion="negative")
CNS_METASTASIS = Code(SNOMED, "94243009", "Metastatic neoplasm to central nervous system")


def of(*resources: Resource) -> bytes:
    return chart(MELANOMA_PROBLEM, *resources)


def first_page(*resources: Resource) -> bytes:
    """The stage query was answered, but a further page of it was not fetched."""
    answers = prefetch_of(MELANOMA_PROBLEM, *resources)
    more = {"relation": "next", "url": "https://ehr.example/fhir/Observation?page=2"}
    answers["stage"] = answers["stage"] | {"link": [more]}
    return request(answers)


def lesions(document: bytes) -> str:
    assessment = evaluate(document)
    if verdict(assessment, "brain-metastases-not-exclusion") == "met":
        return "present"
    rest = verdict(assessment, "brain-mets-asymptomatic")
    return "none" if rest == "not-applicable" else rest


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(of(brain_metastasis()), id="coded as a problem"),
        pytest.param(of(condition(BRAIN_METASTASIS_ICD)), id="in ICD-10-CM"),
        pytest.param(of(brain_metastasis(clinical="resolved")), id="resolved is still a lesion"),
        pytest.param(of(brain_metastasis(clinical="inactive")), id="inactive"),
        pytest.param(of(brain_metastasis(clinical="remission")), id="in remission"),
        pytest.param(of(visit_diagnosis(BRAIN_METASTASIS, days_ago=800)), id="a visit long ago"),
        pytest.param(of(condition(BRAIN_METASTASIS, days_ago=None)), id="no date"),
        pytest.param(of(condition(METASTATIC, body_site=BRAIN)), id="generic code, site brain"),
        pytest.param(
            of(condition(UNSPECIFIED_SITE, body_site=FRONTAL_LOBE)), id="generic code, site lobe"
        ),
        pytest.param(of(m_category(M1D)), id="M1d"),
        pytest.param(of(m_category(M1D, days_ago=500)), id="M1d has no window here"),
        pytest.param(
            of(m_category(M1B, days_ago=90), m_category(M1D, days_ago=9)), id="the latest M is M1d"
        ),
        pytest.param(of(brain_mri(conclusion="metastasis")), id="the newest MRI codes it"),
        pytest.param(of(head_ct(conclusion="metastasis")), id="the newest CT codes it"),
        pytest.param(
            of(brain_mri(conclusion="metastasis", days_ago=300)), id="the newest scan is old"
        ),
        pytest.param(
            of(brain_metastasis(), brain_mri(conclusion="negative")),
            id="a Condition outweighs a negative scan: treated is still PRESENT",
        ),
        pytest.param(of(brain_metastasis(), BREAST), id="of any primary"),
        pytest.param(of(brain_metastasis(extension=[related(BREAST)]), BREAST), id="of the breast"),
        pytest.param(
            withheld(MELANOMA_PROBLEM, brain_metastasis(), missing=["encounterDx", "imaging"]),
            id="found in what came",
        ),
        pytest.param(
            first_page(m_category(M1D), NEGATIVE_MRI),
            id="M1d found on the first page of an answer that has more",
        ),
        pytest.param(
            first_page(m_category(M1B, days_ago=90), m_category(M1D, days_ago=9)),
            id="M1d is the latest on the first page",
        ),
    ],
)
def test_a_lesion_is_present(document: bytes) -> None:
    assert lesions(document) == "present"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(of(brain_mri(conclusion="negative")), id="negative MRI"),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=28)), id="on the last day of the window"
        ),
        pytest.param(of(brain_mri(conclusion=NEGATIVE)), id="'negative'"),
        pytest.param(
            of(brain_mri(conclusion=Code(SNOMED, "408573005"))), id="'imaging result normal'"
        ),
        pytest.param(
            of(
                brain_mri(
                    conclusion="negative",
                    code=Code("http://loinc.org", "80510-1", "MR Brain for metastasis"),
                )
            ),
            id="MRI for metastasis",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative"), brain_mri(days_ago=20)),
            id="the older scan in words does not matter",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative"), m_category(M0)), id="negative MRI and M0"
        ),
        pytest.param(
            of(
                brain_mri(conclusion="negative"),
                m_category(M1D, days_ago=90),
                m_category(M0, days_ago=9),
            ),
            id="only the latest M category counts",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative"), condition(METASTATIC, body_site=LIVER)),
            id="a metastasis of the liver",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative"), brain_metastasis(verification="refuted")),
            id="refuted",
        ),
        pytest.param(
            of(NEGATIVE_MRI, condition(BENIGN)), id="a benign tumour of the brain: a look-alike"
        ),
        pytest.param(of(NEGATIVE_MRI, condition(MENINGIOMA)), id="of the meninges, listed nowhere"),
        pytest.param(
            of(
                NEGATIVE_MRI,
                condition(SPACE_OCCUPYING, clinical="resolved", abated_days_ago=200),
            ),
            id="a lesion without a diagnosis, resolved long ago",
        ),
        pytest.param(
            of(NEGATIVE_MRI, brain_mri(days_ago=20, modifierExtension=UNKNOWN_MODIFIER)),
            id="an older scan was skipped: no effect",
        ),
        pytest.param(
            of(NEGATIVE_MRI, report(ANY_MRI, days_ago=20)),
            id="an older MRI of nobody knows what",
        ),
        pytest.param(
            of(NEGATIVE_MRI, condition(LUNG_METASTASIS, modifierExtension=UNKNOWN_MODIFIER)),
            id="a metastasis of the lung was skipped: its code does not fit",
        ),
        pytest.param(
            of(
                brain_mri(conclusion="negative"),
                brain_metastasis(verification="entered-in-error", clinical=None),
            ),
            id="entered in error",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative"), brain_metastasis(subject=SOMEBODY_ELSE)),
            id="another patient's",
        ),
        pytest.param(
            withheld(MELANOMA_PROBLEM, brain_mri(conclusion="negative")),
            id="every query came, most of them empty",
        ),
        pytest.param(
            withheld(MELANOMA_PROBLEM, brain_mri(conclusion="negative"), missing=["labs", "given"]),
            id="queries that have nothing to do with it",
        ),
    ],
)
def test_there_is_no_lesion(document: bytes) -> None:
    assert lesions(document) == "none"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(of(), "unknown:absent", id="nothing said of the brain"),
        pytest.param(of(brain_mri()), "unknown:in-report", id="report in words"),
        pytest.param(of(head_ct()), "unknown:in-report", id="CT in words"),
        pytest.param(of(brain_mri(days_ago=28)), "unknown:in-report", id="words, last day"),
        pytest.param(of(brain_mri(days_ago=29)), "unknown:absent", id="words, a day too old"),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=29)),
            "unknown:absent",
            id="negative, a day too old",
        ),
        pytest.param(
            of(brain_mri(conclusion=SCAN_ABNORMAL)), "unknown:in-report", id="abnormal, no detail"
        ),
        pytest.param(
            of(brain_mri(conclusion=SPACE_OCCUPYING)),
            "unknown:in-report",
            id="a lesion without a diagnosis",
        ),
        pytest.param(of(head_ct(conclusion="negative")), "unknown", id="a CT proves no absence"),
        pytest.param(
            of(brain_mri(conclusion="negative", code=MRI_LIMITED)),
            "unknown",
            id="a limited MRI proves no absence",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", code=MRI_WITHOUT_CONTRAST)),
            "unknown",
            id="an MRI without contrast proves no absence",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", status="preliminary")),
            "unknown",
            id="negative, but preliminary",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=10), head_ct(conclusion="negative")),
            "unknown",
            id="the newest scan is a CT",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=10), brain_mri(days_ago=2)),
            "unknown:in-report",
            id="the newest scan is in words",
        ),
        pytest.param(
            of(report(CHEST_CT, conclusion=NO_ABNORMALITY)), "unknown:absent", id="not the brain"
        ),
        pytest.param(
            of(brain_metastasis(verification="refuted")), "unknown:absent", id="refuted, no scan"
        ),
        pytest.param(
            of(condition(text="Brain metastases")), "unknown:unclassified", id="text only"
        ),
        pytest.param(
            of(condition(text="Brain metastases"), brain_mri(conclusion="negative")),
            "unknown:unclassified",
            id="text only, against a negative scan",
        ),
        pytest.param(
            of(condition(CNS_METASTASIS), brain_mri(conclusion="negative")),
            "unknown:unclassified",
            id="central nervous system, brain not certain",
        ),
        pytest.param(
            of(condition(Code(ICD10, "C79.3")), brain_mri(conclusion="negative")),
            "unknown:unclassified",
            id="WHO ICD-10: brain or meninges",
        ),
        pytest.param(
            of(condition(SPACE_OCCUPYING), NEGATIVE_MRI),
            "unknown:in-report",
            id="a lesion without a diagnosis as a problem, against a negative scan",
        ),
        pytest.param(
            of(condition(BRAIN_METASTASIS_ICD, GLIOMA), NEGATIVE_MRI),
            "unknown",
            id="metastasis and primary tumour of the brain in one entry: conflicting",
        ),
        pytest.param(
            of(condition(NEUROBLASTOMA), NEGATIVE_MRI),
            "unknown",
            id="a brain metastasis that names another primary: in the brain any counts",
        ),
        pytest.param(
            of(brain_metastasis(modifierExtension=UNKNOWN_MODIFIER), NEGATIVE_MRI),
            "unknown:unclassified",
            id="a brain metastasis with an unknown modifier: skipped",
        ),
        pytest.param(
            of(
                brain_mri(conclusion="negative", days_ago=10),
                brain_mri(days_ago=2, modifierExtension=UNKNOWN_MODIFIER),
            ),
            "unknown",
            id="the newest scan was skipped",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=10), report(ANY_MRI, days_ago=2)),
            "unknown",
            id="a newer MRI of nobody knows what: it may be the newest brain scan",
        ),
        pytest.param(
            of(condition(METASTATIC, body_site=HEAD), NEGATIVE_MRI),
            "unknown",
            id="generic code, site head: skull or brain",
        ),
        pytest.param(
            of(condition(LOCAL, body_site=BRAIN), NEGATIVE_MRI),
            "unknown:unclassified",
            id="something of the brain, under the hospital's own code",
        ),
        pytest.param(
            of(condition(text="Brain metastases", body_site=BRAIN), NEGATIVE_MRI),
            "unknown:unclassified",
            id="text only, site brain",
        ),
        pytest.param(
            of(condition(METASTATIC, body_site=LOCAL), NEGATIVE_MRI),
            "unknown",
            id="generic code, a site of the hospital's own list",
        ),
        pytest.param(
            of(stage(M1D, of=M_CATEGORY_OTHER), NEGATIVE_MRI),
            "unknown",
            id="M1d under a code that only asks",
        ),
        pytest.param(
            of(m_category(M1D, status="preliminary"), NEGATIVE_MRI),
            "unknown",
            id="the newest M category is preliminary",
        ),
        pytest.param(
            of(m_category(M1D, valueCodeableConcept=None, valueString="M1d")),
            "unknown",
            id="M1d as a string never decides",
        ),
        pytest.param(
            first_page(m_category(M0), NEGATIVE_MRI),
            "unknown:not-shared",
            id="M0 on the first page of an answer that has more",
        ),
        pytest.param(
            first_page(m_category(M1D, status="preliminary"), NEGATIVE_MRI),
            "unknown:not-shared",
            id="preliminary on the first page of an answer that has more",
        ),
        pytest.param(
            first_page(m_category(M1D, days_ago=None), NEGATIVE_MRI),
            "unknown:not-shared",
            id="without a date on the first page of an answer that has more",
        ),
        pytest.param(
            withheld(MELANOMA_PROBLEM, brain_mri(conclusion="negative"), missing=["stage"]),
            "unknown:not-shared",
            id="negative MRI, but the stage did not come",
        ),
        pytest.param(
            withheld(MELANOMA_PROBLEM, brain_mri(conclusion="negative"), refused=["encounterDx"]),
            "unknown:not-shared",
            id="negative MRI, but the visits were refused",
        ),
        pytest.param(
            withheld(MELANOMA_PROBLEM, missing=["imaging"]),
            "unknown:not-shared",
            id="the scans did not come",
        ),
    ],
)
def test_lesions_are_undecided(document: bytes, expected: str) -> None:
    got = lesions(document)
    assert got.startswith("unknown:") if expected == "unknown" else got == expected


@pytest.mark.parametrize(
    "order", [(NO_ABNORMALITY, BRAIN_METASTASIS), (BRAIN_METASTASIS, NEGATIVE)]
)
def test_a_lesion_coded_beside_negative_is_never_no_lesion(order: tuple[Code, Code]) -> None:
    document = of(brain_mri(conclusion=order))
    assert lesions(document) != "none"
    assert verdict(document, "brain-negative-scan") != "met"
    assert verdict(document, "brain-mets-not-growing") != "met"
    assert verdict(document, "leptomeningeal-absent") != "met"
