"""No cerebral oedema or mass effect? Criteria.md, section C: 28 days (P)."""

import pytest

from tests.build import (
    ABSENT,
    ICD10,
    ICD10CM,
    LOINC,
    MELANOMA,
    OEDEMA,
    PREDNISONE,
    PRESENT,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    finding,
    head_ct,
    hypertension,
    medication_request,
    states,
    visit_diagnosis,
    withheld,
)

ROW = "cerebral-oedema-absent"

OEDEMA_ICD = Code(ICD10CM, "G93.6", "Cerebral edema")
COMPRESSION = Code(ICD10CM, "G93.5", "Compression of brain")
HERNIATION = Code(SNOMED, "49453006", "Cerebral herniation (disorder)")
PRES = Code(SNOMED, "450886002", "Posterior reversible encephalopathy syndrome")
EQUIVOCAL = Code(LOINC, "LA11884-6", "Indeterminate")
DEXAMETHASONE = Code("http://www.nlm.nih.gov/research/umls/rxnorm", "3264", "Dexamethasone")
LESION = (condition(MELANOMA, days_ago=700), brain_metastasis(days_ago=150))
CLEAR = (condition(MELANOMA, days_ago=700), brain_mri(conclusion="negative"))


def lesion(*resources: Resource) -> bytes:
    return chart(*LESION, *resources)


def clear(*resources: Resource) -> bytes:
    """No lesion: a negative MRI three days ago."""
    return chart(*CLEAR, *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Found
        pytest.param(lesion(condition(OEDEMA)), "not-met", id="an active problem"),
        pytest.param(lesion(condition(OEDEMA_ICD)), "not-met", id="in ICD-10-CM"),
        pytest.param(lesion(condition(Code(ICD10, "G93.6"))), "not-met", id="in WHO ICD-10"),
        pytest.param(lesion(condition(COMPRESSION)), "not-met", id="compression of the brain"),
        pytest.param(lesion(condition(HERNIATION)), "not-met", id="herniation"),
        pytest.param(
            lesion(condition(OEDEMA, days_ago=300)), "not-met", id="a problem stays until abated"
        ),
        pytest.param(
            lesion(condition(OEDEMA, days_ago=None)), "not-met", id="an active problem, no date"
        ),
        pytest.param(
            lesion(visit_diagnosis(OEDEMA, days_ago=28)), "not-met", id="a visit, last day"
        ),
        pytest.param(lesion(brain_mri(conclusion=OEDEMA)), "not-met", id="coded on the scan"),
        pytest.param(
            lesion(brain_mri(conclusion=HERNIATION)), "not-met", id="mass effect on the scan"
        ),
        pytest.param(lesion(head_ct(conclusion=OEDEMA)), "not-met", id="coded on a CT"),
        pytest.param(lesion(states(OEDEMA, value=True)), "not-met", id="stated to be there"),
        pytest.param(
            lesion(states(OEDEMA, value=PRESENT)), "not-met", id="stated to be there, coded"
        ),
        pytest.param(
            chart(condition(MELANOMA), condition(OEDEMA)), "not-met", id="no lesion need be known"
        ),
        # Absent
        pytest.param(clear(), "met", id="no lesion"),
        pytest.param(
            chart(*LESION, brain_mri(conclusion="negative")), "met", id="lesion, scan negative"
        ),
        pytest.param(
            lesion(brain_mri(conclusion="metastasis"), states(OEDEMA, value=False)),
            "met",
            id="lesion on the scan, oedema stated to be absent",
        ),
        pytest.param(lesion(states(OEDEMA, value=ABSENT)), "met", id="absent, as a code"),
        pytest.param(
            lesion(states(OEDEMA, value=Code(LOINC, "LA9634-2", "Absent"))),
            "met",
            id="absent, as a LOINC answer",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, days_ago=28)), "met", id="absent, last day"
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, days_ago=29)), "unknown", id="absent, a day too old"
        ),
        pytest.param(
            clear(condition(OEDEMA, clinical="resolved", abated_days_ago=20)), "met", id="resolved"
        ),
        pytest.param(clear(condition(OEDEMA, verification="refuted")), "met", id="refuted"),
        pytest.param(clear(visit_diagnosis(OEDEMA, days_ago=31)), "met", id="a visit a month ago"),
        pytest.param(
            clear(condition(OEDEMA, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        # What the Observation says, and how well
        pytest.param(
            lesion(states(OEDEMA, value=False, status="preliminary")),
            "unknown:not-final",
            id="absent, preliminary",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, status="entered-in-error")),
            "unknown:absent",
            id="absent, entered in error",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, days_ago=-1)),
            "unknown:unreadable",
            id="absent, tomorrow",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, days_ago=None)),
            "unknown:unreadable",
            id="absent, no date",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, valueBoolean=None)),
            "unknown:unreadable",
            id="no value: neither there nor absent",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="absent in another patient",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=False, days_ago=10), states(OEDEMA, value=True)),
            "not-met",
            id="absent, then there",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=True, days_ago=10), states(OEDEMA, value=False)),
            "met",
            id="there, then absent",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=True), states(OEDEMA, value=False)),
            "unknown:conflicting",
            id="there and absent at one moment",
        ),
        pytest.param(
            lesion(brain_mri(conclusion=OEDEMA, days_ago=20), brain_mri(conclusion="negative")),
            "met",
            id="coded on the older scan, the newest is negative",
        ),
        # The scan does not say
        pytest.param(lesion(brain_mri()), "unknown:in-report", id="in words"),
        pytest.param(
            lesion(brain_mri(conclusion="metastasis")),
            "unknown:in-report",
            id="codes the metastasis, nothing of oedema",
        ),
        pytest.param(
            lesion(brain_mri(days_ago=5), states(OEDEMA, value=False, days_ago=6)),
            "unknown:in-report",
            id="absent, a day before the scan in words",
        ),
        pytest.param(
            lesion(brain_mri(days_ago=5), states(OEDEMA, value=False, days_ago=5)),
            "met",
            id="absent, on the day of the scan in words",
        ),
        pytest.param(
            lesion(brain_mri(days_ago=5), states(OEDEMA, value=False, days_ago=4)),
            "met",
            id="absent, after the scan in words",
        ),
        pytest.param(
            lesion(brain_mri(effectiveDateTime="2026-11"), states(OEDEMA, value=False, days_ago=5)),
            "unknown:in-report",
            id="absent, in the month of the scan in words",
        ),
        pytest.param(lesion(brain_mri(days_ago=28)), "unknown:in-report", id="words, last day"),
        pytest.param(lesion(brain_mri(days_ago=29)), "unknown:stale", id="words, too old"),
        pytest.param(
            lesion(brain_mri(status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(lesion(), "unknown:absent", id="no scan"),
        pytest.param(chart(condition(MELANOMA)), "unknown:absent", id="undecided, no scan"),
        pytest.param(
            chart(condition(MELANOMA), brain_mri()), "unknown:in-report", id="undecided, in words"
        ),
        pytest.param(
            lesion(medication_request(DEXAMETHASONE)),
            "unknown:absent",
            id="dexamethasone alone never decides",
        ),
        # Perhaps
        pytest.param(
            clear(condition(OEDEMA, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(clear(condition(PRES)), "unknown:unclassified", id="a code that only asks"),
        pytest.param(
            clear(condition(text="Vasogenic edema, left frontal")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            clear(condition(OEDEMA, abated_days_ago=20)),
            "unknown:conflicting",
            id="active, yet abated",
        ),
        pytest.param(
            lesion(brain_mri(conclusion=PRES)),
            "unknown:unclassified",
            id="a code that only asks, on the scan",
        ),
        pytest.param(
            lesion(states(OEDEMA, value=EQUIVOCAL)),
            "unknown",
            id="an Observation whose answer is neither yes nor no",
        ),
        # Withheld
        pytest.param(withheld(*CLEAR), "met", id="every query came"),
        pytest.param(
            withheld(hypertension(), missing=["imaging"]),
            "unknown:not-shared",
            id="scans did not come",
        ),
        pytest.param(
            withheld(*LESION, refused=["imaging"]), "unknown:not-shared", id="scans refused"
        ),
        pytest.param(
            withheld(*LESION, condition(OEDEMA), missing=["imaging", "encounterDx"]),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_cerebral_oedema_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


NOTE = "dexamethasone is on the medication list: for oedema?"


@pytest.mark.parametrize(
    ("document", "remark"),
    [
        pytest.param(lesion(medication_request(DEXAMETHASONE)), NOTE, id="unknown, and why not"),
        pytest.param(
            lesion(condition(OEDEMA), medication_request(DEXAMETHASONE)), NOTE, id="oedema found"
        ),
        pytest.param(
            lesion(brain_mri(), medication_request(DEXAMETHASONE)),
            f"read the report; {NOTE}",
            id="beside another remark",
        ),
        pytest.param(clear(medication_request(DEXAMETHASONE)), None, id="met: no question"),
        pytest.param(lesion(medication_request(PREDNISONE)), None, id="another steroid"),
    ],
)
def test_dexamethasone_is_mentioned_where_oedema_is_not_excluded(
    document: bytes, remark: str | None
) -> None:
    assert finding(document, ROW).get("remark") == remark
