"""
Short words for FHIR R4 charts: each builder hides what a test row is not about.

Every date is told in days before TODAY. A builder takes any further FHIR element as a keyword;
None leaves an element out that the builder would have written. Everybody here is invented.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import count
from typing import Any, Final, NamedTuple, TypeAlias

from cds_hooks.evaluate import day, evaluate_json, read_document
from cds_hooks.fhir.prefetch import templates
from rules.case import Case
from rules.criteria import CRITERIA

_CRITERIA: Final = {one.id: one for one in CRITERIA}
TODAY: Final = "2026-11-24"
PATIENT_ID: Final = "p1"

Resource: TypeAlias = dict[str, Any]  # FHIR as JSON: any shape, the wrong ones too
Assessment: TypeAlias = Mapping[str, object]


# Codes -------------------------------------------------------------------------------------------

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD10PCS: Final = "http://www.cms.gov/Medicare/Coding/ICD10"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
UCUM: Final = "http://unitsofmeasure.org"
OURS: Final = "urn:oid:1.2.840.114350.1.13.999.2.7.2.696580"  # a hospital's own list
HL7: Final = "http://terminology.hl7.org/CodeSystem/"


class Code(NamedTuple):
    """A coding as the EHR sends it."""

    system: str
    code: str
    display: str = ""


MELANOMA: Final = Code(ICD10CM, "C43.59", "Malignant melanoma of other part of trunk")
MELANOMA_SNOMED: Final = Code(SNOMED, "93655004", "Malignant melanoma of skin (disorder)")
LUNG_METASTASIS: Final = Code(ICD10CM, "C78.00", "Secondary malignant neoplasm of unspecified lung")
BRAIN_METASTASIS: Final = Code(SNOMED, "94225005", "Metastatic malignant neoplasm to brain")
BRAIN_METASTASIS_ICD: Final = Code(ICD10CM, "C79.31", "Secondary malignant neoplasm of brain")
BREAST_CANCER: Final = Code(SNOMED, "254837009", "Malignant neoplasm of breast (disorder)")
KIDNEY_CANCER: Final = Code(ICD10CM, "C64.9", "Malignant neoplasm of unspecified kidney")
HYPERTENSION: Final = Code(ICD10CM, "I10", "Essential (primary) hypertension")
LOCAL: Final = Code(OURS, "1485327", "Problem of the site's own list")

STAGE_GROUP: Final = Code(LOINC, "21908-9", "Stage group.clinical Cancer")
M_CATEGORY: Final = Code(SNOMED, "399387003", "cM category (observable entity)")
STAGE_IV: Final = Code(SNOMED, "1222837003", "AJCC stage IV")
STAGE_III: Final = Code(SNOMED, "1222801008", "AJCC stage III")
M0: Final = Code(SNOMED, "1229901006", "AJCC cM0")
M1B: Final = Code(SNOMED, "1229907005", "AJCC cM1b")
M1D: Final = Code(SNOMED, "1229913001", "cM1d")

BRAIN: Final = Code(SNOMED, "12738006", "Brain structure (body structure)")
FRONTAL_LOBE: Final = Code(SNOMED, "83251001", "Frontal lobe structure (body structure)")
LIVER: Final = Code(SNOMED, "10200004", "Liver structure (body structure)")
LUNG: Final = Code(SNOMED, "39607008", "Lung structure (body structure)")
HEAD: Final = Code(SNOMED, "69536005", "Head structure (body structure)")

MRI_BRAIN: Final = Code(LOINC, "24590-2", "MR Brain")
MRI_WITHOUT_CONTRAST: Final = Code(LOINC, "30657-1", "MR Brain WO contrast")
MRI_LIMITED: Final = Code(LOINC, "36096-6", "MR Brain limited W contrast IV")
CT_HEAD: Final = Code(LOINC, "24725-4", "CT Head")
NO_ABNORMALITY: Final = Code(SNOMED, "281900007", "No abnormality detected (finding)")
SCAN_ABNORMAL: Final = Code(SNOMED, "407669000", "MRI of brain abnormal (finding)")

OEDEMA: Final = Code(SNOMED, "2032001", "Cerebral edema (disorder)")
LEPTOMENINGEAL: Final = Code(SNOMED, "1155991005", "Metastatic neoplasm to leptomeninges")
SEIZURE: Final = Code(SNOMED, "91175000", "Seizure (finding)")
HEMIPLEGIA: Final = Code(SNOMED, "50582007", "Hemiplegia (disorder)")
RAISED_PRESSURE: Final = Code(SNOMED, "271719001", "Raised intracranial pressure (finding)")
HEADACHE: Final = Code(SNOMED, "25064002", "Headache (finding)")

ECOG: Final = Code(LOINC, "89247-1", "ECOG Performance Status score")
KARNOFSKY: Final = Code(LOINC, "89243-0", "Karnofsky Performance Status score")
GCS: Final = Code(LOINC, "9269-2", "Glasgow coma score total")
LVEF: Final = Code(LOINC, "10230-1", "Left ventricular Ejection fraction")
TUMOUR_SIZE: Final = Code(LOINC, "21889-1", "Size Tumor")
LARGEST_DIMENSION: Final = Code(LOINC, "33728-7", "Size.maximum dimension in Tumor")
DISEASE_STATUS: Final = Code(LOINC, "97509-4", "Cancer Disease Progression")
CREATININE: Final = Code(LOINC, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma")
CREATININE_MOLES: Final = Code(LOINC, "14682-9", "Creatinine [Moles/volume] in Serum or Plasma")
CLEARANCE: Final = Code(LOINC, "2164-2", "Creatinine renal clearance in 24 hour")
PLATELETS: Final = Code(LOINC, "777-3", "Platelets [#/volume] in Blood by Automated count")

ALDESLEUKIN: Final = Code(RXNORM, "70223", "aldesleukin")
PEMBROLIZUMAB: Final = Code(RXNORM, "1547545", "pembrolizumab")
PREDNISONE: Final = Code(RXNORM, "8640", "Prednisone")
LEVETIRACETAM: Final = Code(RXNORM, "114477", "Levetiracetam")

RADIOSURGERY: Final = Code(SNOMED, "429584001", "Stereotactic radiosurgery of brain tissue")
COLONOSCOPY: Final = Code(SNOMED, "73761001", "Colonoscopy (procedure)")

ABSENT: Final = Code(SNOMED, "2667000", "Absent")
NEGATIVE: Final = Code(SNOMED, "260385009", "Negative (qualifier value)")
PRESENT: Final = Code(LOINC, "LA9633-4", "Present")
NO_KNOWN_ALLERGY: Final = Code(SNOMED, "716186003", "No known allergy (situation)")

RADIOLOGY: Final = Code(LOINC, "LP29684-5", "Radiology")


# Small parts -------------------------------------------------------------------------------------

_number = count(1)


def ago(days: int, time: str = "") -> str:
    """The day so many days before TODAY, or a moment of it such as '09:30:00-05:00'."""
    day = (date.fromisoformat(TODAY) - timedelta(days=days)).isoformat()
    return f"{day}T{time}" if time else day


def coding(code: Code) -> Resource:
    parts = {"system": code.system, "code": code.code, "display": code.display}
    return {key: part for key, part in parts.items() if part}


def concept(*codes: Code, text: str | None = None) -> Resource:
    """A CodeableConcept; without a code it is text only."""
    parts: Resource = {}
    if codes:
        parts["coding"] = [coding(code) for code in codes]
    if text is not None:
        parts["text"] = text
    return parts


def quantity(words: str, *, ucum: bool = True) -> Resource:
    """'1.5 mg/dL', '<0.2 mg/dL', or a bare '1.5'; ucum=False gives the unit as text only."""
    number, _, unit = words.partition(" ")
    bare = number.lstrip("<>=")
    parts: Resource = {"value": float(bare) if "." in bare else int(bare)}
    if bare != number:
        parts["comparator"] = number.removesuffix(bare)
    if unit:
        parts["unit"] = unit
    if unit and ucum:
        parts |= {"system": UCUM, "code": unit}
    return parts


def reference(resource: Mapping[str, object]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def related(to: Mapping[str, object]) -> Resource:
    """An extension that links a metastasis to the cancer it comes from."""
    url = "http://hl7.org/fhir/StructureDefinition/condition-related"
    return {"url": url, "valueReference": {"reference": reference(to)}}


def resource(kind: str, **fields: Any) -> Resource:
    """Any resource about our patient; a field that is None is left out."""
    whole: Resource = {"resourceType": kind, "id": f"{kind.lower()}-{next(_number)}"}
    whole |= {"subject": {"reference": f"Patient/{PATIENT_ID}"}} | fields
    return {key: value for key, value in whole.items() if value is not None}


SOMEBODY_ELSE: Final[Mapping[str, str]] = {"reference": "Patient/p2"}

# A modifier that nobody here knows may turn an entry into its opposite: it has to be skipped.
UNKNOWN_MODIFIER: Final[Sequence[Mapping[str, object]]] = [
    {"url": "https://ehr.example/fhir/StructureDefinition/negated", "valueBoolean": True}
]


# People and problems -----------------------------------------------------------------------------


def patient(*, birth_date: str | None = "1970-05-17", **fields: Any) -> Resource:
    """An adult man, alive; ours unless another id is given."""
    whole: Resource = {"id": PATIENT_ID, "gender": "male", "birthDate": birth_date}
    return resource("Patient", subject=None, **(whole | fields))


def _coded(system: str, code: str | None) -> Resource | None:
    return None if code is None else concept(Code(HL7 + system, code))


def condition(
    *codes: Code,
    text: str | None = None,
    days_ago: int | None = 30,
    onset: str | None = None,
    clinical: str | None = "active",
    verification: str | None = "confirmed",
    category: str | None = "problem-list-item",
    abated_days_ago: int | None = None,
    body_site: Code | None = None,
    **fields: Any,
) -> Resource:
    """A problem of the list, begun a month ago and still active."""
    start = onset if days_ago is None or onset else ago(days_ago)
    return resource(
        "Condition",
        **{
            "code": concept(*codes, text=text),
            "clinicalStatus": _coded("condition-clinical", clinical),
            "verificationStatus": _coded("condition-ver-status", verification),
            "category": [_coded("condition-category", category)] if category else None,
            "onsetDateTime": start,
            "abatementDateTime": None if abated_days_ago is None else ago(abated_days_ago),
            "bodySite": [concept(body_site)] if body_site else None,
        }
        | fields,
    )


def visit_diagnosis(*codes: Code, days_ago: int | None = 30, **fields: Any) -> Resource:
    """A diagnosis of one visit; many EHRs never close these."""
    return condition(*codes, days_ago=days_ago, category="encounter-diagnosis", **fields)


def hypertension() -> Resource:
    """An entry that no row is about, so that the list of problems is not empty."""
    return condition(HYPERTENSION, days_ago=900)


def advanced_melanoma() -> tuple[Resource, Resource]:
    return condition(MELANOMA, days_ago=700), condition(LUNG_METASTASIS, days_ago=60)


def brain_metastasis(days_ago: int = 150, **fields: Any) -> Resource:
    return condition(BRAIN_METASTASIS, days_ago=days_ago, **fields)


def allergy(
    *codes: Code,
    text: str | None = None,
    criticality: str | None = None,
    severities: Iterable[str] = (),
    verification: str | None = "confirmed",
    **fields: Any,
) -> Resource:
    manifestation = [concept(text="reaction")]
    reactions = [{"severity": grade, "manifestation": manifestation} for grade in severities]
    return resource(
        "AllergyIntolerance",
        **{
            "subject": None,
            "patient": {"reference": f"Patient/{PATIENT_ID}"},
            "code": concept(*codes, text=text),
            "clinicalStatus": _coded("allergyintolerance-clinical", "active"),
            "verificationStatus": _coded("allergyintolerance-verification", verification),
            "criticality": criticality,
            "reaction": reactions or None,
            "recordedDate": ago(400),
        }
        | fields,
    )


def encounter(
    *,
    kind: str = "AMB",
    status: str = "finished",
    days_ago: int = 10,
    until_days_ago: int | None = None,
    **fields: Any,
) -> Resource:
    """A visit of one day; or a stay that ended `until_days_ago`."""
    end = days_ago if until_days_ago is None else until_days_ago
    return resource(
        "Encounter",
        **{
            "status": status,
            "class": coding(Code(HL7 + "v3-ActCode", kind)),
            "period": {"start": ago(days_ago), "end": ago(end)},
        }
        | fields,
    )


def device(
    *codes: Code, text: str | None = None, status: str | None = "active", **fields: Any
) -> Resource:
    return resource(
        "Device",
        **{
            "subject": None,
            "patient": {"reference": f"Patient/{PATIENT_ID}"},
            "status": status,
            "type": concept(*codes, text=text),
        }
        | fields,
    )


def service_request(
    *codes: Code,
    text: str | None = None,
    days_ago: int | None = 1,
    due_in_days: int | None = None,
    status: str = "active",
    intent: str = "order",
    **fields: Any,
) -> Resource:
    """A test ordered `days_ago`, to be done in `due_in_days`."""
    return resource(
        "ServiceRequest",
        **{
            "status": status,
            "intent": intent,
            "code": concept(*codes, text=text),
            "authoredOn": None if days_ago is None else ago(days_ago),
            "occurrenceDateTime": None if due_in_days is None else ago(-due_in_days),
        }
        | fields,
    )


# Measurements ------------------------------------------------------------------------------------


def observation(
    *codes: Code,
    text: str | None = None,
    days_ago: int | None = 1,
    at: str | None = None,
    status: str = "final",
    category: str | None = None,
    **fields: Any,
) -> Resource:
    """An Observation; its value comes as a further FHIR element, such as valueInteger."""
    moment = at if days_ago is None or at else ago(days_ago, "09:30:00-05:00")
    return resource(
        "Observation",
        **{
            "status": status,
            "code": concept(*codes, text=text),
            "category": [_coded("observation-category", category)] if category else None,
            "effectiveDateTime": moment,
        }
        | fields,
    )


def lab(
    code: Code,
    value: str,
    *also: Code,
    days_ago: int | None = 1,
    at: str | None = None,
    status: str = "final",
    ucum: bool = True,
    **fields: Any,
) -> Resource:
    more: Resource = {"valueQuantity": quantity(value, ucum=ucum)}
    return observation(
        code,
        *also,
        days_ago=days_ago,
        at=at,
        status=status,
        category="laboratory",
        **(more | fields),
    )


def _score(code: Code, number: int, days_ago: int | None, fields: Resource) -> Resource:
    at, status = fields.pop("at", None), fields.pop("status", "final")
    more: Resource = {"valueInteger": number} | fields
    return observation(
        code,
        days_ago=days_ago,
        at=None if at is None else str(at),
        status=str(status),
        category="survey",
        **more,
    )


def ecog(grade: int, *, days_ago: int | None = 5, **fields: Any) -> Resource:
    return _score(ECOG, grade, days_ago, fields)


def karnofsky(score: int, *, days_ago: int | None = 5, **fields: Any) -> Resource:
    return _score(KARNOFSKY, score, days_ago, fields)


def gcs(score: int, *, days_ago: int | None = 3, **fields: Any) -> Resource:
    return _score(GCS, score, days_ago, fields)


def lvef(value: str, *, days_ago: int | None = 20, **fields: Any) -> Resource:
    """An ejection fraction such as '60 %', or '0.6 1' for a ratio."""
    at, status = fields.pop("at", None), fields.pop("status", "final")
    more: Resource = {"valueQuantity": quantity(value)} | fields
    return observation(
        LVEF,
        days_ago=days_ago,
        at=None if at is None else str(at),
        status=str(status),
        category="imaging",
        **more,
    )


def stage(
    value: Code, *, of: Code = STAGE_GROUP, days_ago: int | None = 40, **fields: Any
) -> Resource:
    status = str(fields.pop("status", "final"))
    more: Resource = {"valueCodeableConcept": concept(value)} | fields
    return observation(of, days_ago=days_ago, status=status, **more)


def m_category(value: Code, *, days_ago: int | None = 40, **fields: Any) -> Resource:
    return stage(value, of=M_CATEGORY, days_ago=days_ago, **fields)


def tumour_size(
    size: str,
    *,
    days_ago: int | None = 3,
    lesion: str = "BodyStructure/lesion-1",
    site: Code | None = BRAIN,
    status: str = "final",
    **fields: Any,
) -> Resource:
    """The longest dimension of one lesion, kept apart from others by its BodyStructure."""
    dimension = {"code": concept(LARGEST_DIMENSION), "valueQuantity": quantity(size)}
    more: Resource = {
        "component": [dimension],
        "focus": [{"reference": lesion}],
        "bodySite": concept(site) if site else None,
    }
    return observation(TUMOUR_SIZE, days_ago=days_ago, status=status, **(more | fields))


IMPROVED: Final = Code(SNOMED, "268910001", "Patient's condition improved (finding)")
STABLE: Final = Code(SNOMED, "359746009", "Patient's condition stable (finding)")
WORSENED: Final = Code(SNOMED, "271299001", "Patient's condition worsened (finding)")
UNDETERMINED: Final = Code(SNOMED, "709137006", "Patient condition undetermined (finding)")


def disease_status(
    trend: Code, *, of: Mapping[str, object] | None, days_ago: int | None = 5, status: str = "final"
) -> Resource:
    focus = None if of is None else [{"reference": reference(of)}]
    return observation(
        DISEASE_STATUS,
        days_ago=days_ago,
        status=status,
        focus=focus,
        valueCodeableConcept=concept(trend),
    )


def states(
    finding: Code, *, value: bool | Code, days_ago: int | None = 3, **fields: Any
) -> Resource:
    """An Observation that says of a finding whether it is there."""
    shown: Resource = (
        {"valueBoolean": value}
        if isinstance(value, bool)
        else {"valueCodeableConcept": concept(value)}
    )
    return observation(finding, days_ago=days_ago, **(shown | fields))


# Scans and procedures ----------------------------------------------------------------------------

_CONCLUSIONS: Final = {"negative": NO_ABNORMALITY, "metastasis": BRAIN_METASTASIS}


def report(
    *codes: Code,
    days_ago: int | None = 3,
    conclusion: str | Code | Sequence[Code] | None = None,
    status: str = "final",
    text: str | None = "See the attached report.",
    **fields: Any,
) -> Resource:
    """A report in words, as most are; `conclusion` adds what it codes."""
    if conclusion is None:
        found: Sequence[Code] = ()
    elif isinstance(conclusion, str):
        found = (_CONCLUSIONS[conclusion],)
    else:
        found = (conclusion,) if isinstance(conclusion, Code) else conclusion
    return resource(
        "DiagnosticReport",
        **{
            "status": status,
            "category": [concept(RADIOLOGY)],
            "code": concept(*codes),
            "effectiveDateTime": None if days_ago is None else ago(days_ago, "15:10:00-05:00"),
            "conclusion": text,
            "conclusionCode": [concept(code) for code in found] or None,
        }
        | fields,
    )


def brain_mri(
    *,
    days_ago: int | None = 3,
    conclusion: str | Code | Sequence[Code] | None = None,
    code: Code = MRI_BRAIN,
    status: str = "final",
    **fields: Any,
) -> Resource:
    """A brain MRI; `conclusion` is 'negative', 'metastasis', a code, or None for words only."""
    return report(code, days_ago=days_ago, conclusion=conclusion, status=status, **fields)


def head_ct(
    *,
    days_ago: int | None = 3,
    conclusion: str | Code | Sequence[Code] | None = None,
    status: str = "final",
    **fields: Any,
) -> Resource:
    return report(CT_HEAD, days_ago=days_ago, conclusion=conclusion, status=status, **fields)


def procedure(
    *codes: Code,
    text: str | None = None,
    days_ago: int | None = 100,
    at: str | None = None,
    status: str = "completed",
    body_site: Code | None = None,
    **fields: Any,
) -> Resource:
    return resource(
        "Procedure",
        **{
            "status": status,
            "code": concept(*codes, text=text),
            "performedDateTime": at if days_ago is None or at else ago(days_ago),
            "bodySite": [concept(body_site)] if body_site else None,
        }
        | fields,
    )


def colonoscopy() -> Resource:
    """An entry that no row is about, so that the list of procedures is not empty."""
    return procedure(COLONOSCOPY, days_ago=500)


# Medicines ---------------------------------------------------------------------------------------

ORAL: Final = Code(SNOMED, "26643006", "Oral route")
INTRAVENOUS: Final = Code(SNOMED, "47625008", "Intravenous route (qualifier value)")
TOPICAL: Final = Code(SNOMED, "6064005", "Topical route")
INHALED: Final = Code(SNOMED, "447694001", "Respiratory tract route")
OPHTHALMIC: Final = Code(SNOMED, "54485002", "Ophthalmic route")


def medication_request(
    *codes: Code,
    text: str | None = None,
    days_ago: int | None = 20,
    status: str = "active",
    intent: str = "order",
    route: Code | None = None,
    category: str | None = None,
    **fields: Any,
) -> Resource:
    setting = _coded("medicationrequest-category", category)
    return resource(
        "MedicationRequest",
        **{
            "status": status,
            "intent": intent,
            "category": [setting] if setting else None,
            "medicationCodeableConcept": concept(*codes, text=text),
            "authoredOn": None if days_ago is None else ago(days_ago, "08:00:00-05:00"),
            "dosageInstruction": [{"route": concept(route)}] if route else None,
        }
        | fields,
    )


def medication_statement(
    *codes: Code,
    text: str | None = None,
    days_ago: int | None = 20,
    status: str = "active",
    **fields: Any,
) -> Resource:
    return resource(
        "MedicationStatement",
        **{
            "status": status,
            "medicationCodeableConcept": concept(*codes, text=text),
            "effectiveDateTime": None if days_ago is None else ago(days_ago),
        }
        | fields,
    )


def medication_administration(
    *codes: Code,
    text: str | None = None,
    days_ago: int | None = 20,
    status: str = "completed",
    route: Code | None = None,
    **fields: Any,
) -> Resource:
    return resource(
        "MedicationAdministration",
        **{
            "status": status,
            "medicationCodeableConcept": concept(*codes, text=text),
            "effectiveDateTime": None if days_ago is None else ago(days_ago, "21:00:00-05:00"),
            "dosage": {"route": concept(route)} if route else None,
        }
        | fields,
    )


def vitamin_d() -> Resource:
    """An entry that no row is about, so that the list of medicines is not empty."""
    return medication_request(text="cholecalciferol 1000 unit oral capsule", days_ago=120)


def aldesleukin_order(
    *,
    category: str | None = None,
    status: str = "active",
    days_ago: int = 0,
    **fields: Any,
) -> Resource:
    """600,000 IU/kg every 8 hours into a vein, as the label has it."""
    dose: Resource = {
        "route": concept(INTRAVENOUS),
        "timing": {
            "repeat": {"count": 14, "frequency": 1, "period": 8, "periodUnit": "h"},
        },
        "doseAndRate": [{"doseQuantity": quantity("600000 [IU]/kg")}],
    }
    more: Resource = {"dosageInstruction": [dose]}
    return medication_request(
        ALDESLEUKIN, days_ago=days_ago, status=status, category=category, **(more | fields)
    )


# Charts ------------------------------------------------------------------------------------------


def chart(*resources: Resource) -> bytes:
    """A file with the whole chart, the Patient first: what has no entry in it is empty."""
    everyone = list(resources)
    if not any(one["resourceType"] == "Patient" for one in everyone):
        everyone.insert(0, patient())
    server = "https://ehr.example/fhir"
    entries = [{"fullUrl": f"{server}/{reference(one)}", "resource": one} for one in everyone]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return json.dumps(bundle).encode()


def _answer(found: Sequence[Resource]) -> Resource:
    entries = [{"resource": one, "search": {"mode": "match"}} for one in found]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}


REFUSED: Final[Mapping[str, object]] = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "forbidden", "diagnostics": "403"}],
}

_PERFORMANCE: Final = ("89247-1", "89262-0", "89243-0", "42800-3", "423740007")
_STAGE: Final = (
    *("21908-9", "21902-2", "21914-7", "399390009", "399537006", "399588009"),
    *("21907-1", "21901-4", "21913-9", "277208005", "371497001", "399387003"),
)

# Asked for by code, under whatever category it is filed.
_BRAF: Final = ("53844-7", "58415-1", "58483-9", "85299-6")


def _says(word: str) -> Callable[[Resource], bool]:
    """Whether a code stands anywhere in the code or category of a resource."""
    quoted = f'"{word}"'
    return lambda one: quoted in json.dumps([one.get("code"), one.get("category")])


def _observation_key(one: Resource) -> str:
    if any(_says(code)(one) for code in _PERFORMANCE):
        return "performance"
    if any(_says(code)(one) for code in _STAGE):
        return "stage"
    if any(_says(code)(one) for code in _BRAF):
        return "function"
    for category, key in _BY_CATEGORY.items():
        if _says(category)(one):
            return key
    return "function"


_BY_CATEGORY: Final = {
    "laboratory": "labs",
    "vital-signs": "vitals",
    "social-history": "social",
}


_KEYS: Final[Mapping[str, str]] = {
    "DiagnosticReport": "imaging",
    "Procedure": "procedures",
    "MedicationRequest": "medicines",
    "Medication": "medicines",
    "MedicationAdministration": "given",
    "AllergyIntolerance": "allergies",
    "Encounter": "stays",
    "Device": "devices",
    "ServiceRequest": "orders",
    "BodyStructure": "function",
}

PREFETCH_KEYS: Final = (
    *("patient", "problems", "encounterDx", "performance", "stage", "labs"),
    *("imagingObs", "imaging", "procedures", "medicines", "given"),
    *("allergies", "stays", "function", "vitals", "social"),
    *("heartLung", "devices", "orders"),
)


def _keys_of(one: Resource) -> tuple[str, ...]:
    kind = str(one["resourceType"])
    if kind == "Condition":
        return ("encounterDx" if _says("encounter-diagnosis")(one) else "problems",)
    if kind == "DiagnosticReport" and _says("LP29708-2")(one):
        return ("heartLung",)
    if kind != "Observation":
        return (_KEYS[kind],)
    by_category = tuple(key for category, key in _ASKED_BY_CATEGORY.items() if _says(category)(one))
    by_code = tuple(key for key, tokens in _asked_by_code().items() if _tokens(one) & tokens)
    return (*by_category, *by_code) or (_observation_key(one),)


_ASKED_BY_CATEGORY: Final = {"imaging": "imagingObs", "social-history": "social"}


@cache
def _asked_by_code() -> Mapping[str, frozenset[str]]:
    """Prefetch key → the codes that its template asks for."""
    return {
        key: frozenset(template.partition("&code=")[2].split(","))
        for key, template in templates().items()
        if "&code=" in template
    }


def _tokens(one: Resource) -> frozenset[str]:
    """`system|code` of a resource; a search by code finds no component."""
    concept_ = one.get("code")
    found = concept_.get("coding", []) if isinstance(concept_, dict) else []
    return frozenset(f"{c.get('system')}|{c.get('code')}" for c in found if isinstance(c, dict))


def prefetch_of(*resources: Resource) -> Resource:
    """The chart as the answers to all our queries; None is the word for 'known to be none'."""
    found: dict[str, list[Resource]] = {}
    person = patient()
    for one in resources:
        if one["resourceType"] == "Patient":
            person = one
            continue
        for key in _keys_of(one):
            found.setdefault(key, []).append(one)
    answers = {key: _answer(found[key]) if key in found else None for key in PREFETCH_KEYS[1:]}
    return {"patient": person} | answers


def request(prefetch: Mapping[str, object]) -> bytes:
    """A patient-view request that brings its data along."""
    whole = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/oncologist", "patientId": PATIENT_ID},
        "prefetch": dict(prefetch),
    }
    return json.dumps(whole).encode()


def withheld(
    *resources: Resource,
    missing: Iterable[str] = (),
    refused: Iterable[str] = (),
) -> bytes:
    """The chart as a request, less the queries that did not come or were refused."""
    answers = prefetch_of(*resources)
    for key in missing:
        del answers[key]
    for key in refused:
        answers[key] = dict(REFUSED)
    return request(answers)


def more_pages(found: Resource, key: str) -> bytes:
    """A request whose answer to one query holds this entry, and says that more pages exist."""
    answers = prefetch_of(found)
    answers[key]["link"] = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]
    return request(answers)


def pdf(words: str) -> list[dict[str, str]]:
    """An attached document: what stands in it is never read."""
    data = base64.b64encode(words.encode()).decode()
    return [{"contentType": "application/pdf", "data": data}]


def nothing_against(**changes: Resource | Sequence[Resource] | None) -> tuple[Resource, ...]:
    """
    A full chart against which no rule speaks: melanoma with lung metastases, no brain lesion.

    A keyword replaces the entry of that name, leaves it out (None), or adds one to the rest.
    """
    negative: Resource = {"valueCodeableConcept": concept(NEGATIVE)}
    enzyme: Resource = {"referenceRange": [{"low": quantity("10 U/L"), "high": quantity("40 U/L")}]}
    pressure = {
        "code": concept(Code(LOINC, "8480-6", "Systolic blood pressure")),
        "valueQuantity": quantity("124 mm[Hg]"),
    }
    parts: dict[str, Resource | Sequence[Resource] | None] = {
        "person": patient(),
        "melanoma": condition(MELANOMA, days_ago=700),
        "metastasis": condition(LUNG_METASTASIS, days_ago=60),
        "hypertension": hypertension(),
        "ecog": ecog(1),
        "gcs": gcs(15),
        "scan": brain_mri(conclusion="negative"),
        "lvef": lvef("60 %"),
        "wall_motion": observation(
            Code(SNOMED, "60797005", "Cardiac wall motion, function"),
            days_ago=20,
            valueCodeableConcept=concept(Code(SNOMED, "373122000", "Normal wall motion")),
        ),
        "stress": report(
            Code(LOINC, "18752-6", "Exercise stress test study"),
            days_ago=20,
            category=[concept(Code(LOINC, "LP29708-2", "Cardiology"))],
            conclusion=Code(SNOMED, "165082004", "Exercise tolerance test normal (finding)"),
        ),
        "fev1": observation(
            Code(LOINC, "20150-9", "FEV1"), days_ago=20, valueQuantity=quantity("3.1 L")
        ),
        "fev1_percent": observation(
            Code(LOINC, "20152-5", "FEV1 meas/pred"), days_ago=20, valueQuantity=quantity("92 %")
        ),
        "creatinine": lab(CREATININE, "0.9 mg/dL"),
        "bilirubin": lab(Code(LOINC, "1975-2", "Bilirubin.total"), "0.7 mg/dL"),
        "ast": lab(Code(LOINC, "1920-8", "AST"), "24 U/L", **enzyme),
        "alt": lab(Code(LOINC, "1742-6", "ALT"), "21 U/L", **enzyme),
        "ldh": lab(Code(LOINC, "2532-0", "LDH"), "30 U/L", **enzyme),
        "platelets": lab(PLATELETS, "230 10*3/uL"),
        "leukocytes": lab(Code(LOINC, "6690-2", "Leukocytes"), "6.4 10*3/uL"),
        "neutrophils": lab(Code(LOINC, "751-8", "Neutrophils"), "4.1 10*3/uL"),
        "haemoglobin": lab(Code(LOINC, "718-7", "Hemoglobin"), "13.9 g/dL"),
        "sodium": lab(Code(LOINC, "2951-2", "Sodium"), "140 mmol/L"),
        "potassium": lab(Code(LOINC, "2823-3", "Potassium"), "4.2 mmol/L"),
        "hiv": observation(Code(LOINC, "56888-1", "HIV 1+2 Ab"), category="laboratory", **negative),
        "hepatitis_b": observation(
            Code(LOINC, "5196-1", "HBsAg"), category="laboratory", **negative
        ),
        "hepatitis_c": observation(
            Code(LOINC, "13955-0", "HCV Ab"), category="laboratory", **negative
        ),
        "pressure": observation(
            Code(LOINC, "85354-9", "Blood pressure panel"),
            category="vital-signs",
            component=[pressure],
        ),
        "oxygen": observation(
            Code(LOINC, "59408-5", "Oxygen saturation by Pulse oximetry"),
            Code(LOINC, "2708-6", "Oxygen saturation in Arterial blood"),
            category="vital-signs",
            valueQuantity=quantity("98 %"),
        ),
        "temperature": observation(
            Code(LOINC, "8310-5", "Body temperature"),
            category="vital-signs",
            valueQuantity=quantity("36.8 Cel"),
        ),
        "weight": observation(
            Code(LOINC, "29463-7", "Body weight"),
            category="vital-signs",
            valueQuantity=quantity("80 kg"),
        ),
        "allergy": allergy(NO_KNOWN_ALLERGY),
        "checkpoint": medication_request(PEMBROLIZUMAB, status="completed", days_ago=300),
        "vitamin": vitamin_d(),
        "colonoscopy": colonoscopy(),
        "visit": encounter(),
    }
    whole: list[Resource] = []
    for part in (parts | changes).values():
        if isinstance(part, dict):
            whole.append(part)
        elif part is not None:
            whole.extend(part)
    return tuple(whole)


# Judging -----------------------------------------------------------------------------------------


def evaluate(document: bytes, *, as_of: str = TODAY) -> Assessment:
    """The machine-readable assessment of a chart."""
    return evaluate_json(document, as_of=as_of, patient=PATIENT_ID)


def assess(*resources: Resource, as_of: str = TODAY) -> Assessment:
    return evaluate(chart(*resources), as_of=as_of)


def finding(judged: Assessment | bytes, criterion_id: str) -> Mapping[str, object]:
    """What was found for one criterion."""
    assessment = evaluate(judged) if isinstance(judged, bytes) else judged
    criteria = assessment["criteria"]
    assert isinstance(criteria, list)
    found = [one for one in criteria if one["id"] == criterion_id]
    assert len(found) == 1, f"{criterion_id} is judged {len(found)} times"
    return dict(found[0])


def verdict(judged: Assessment | bytes, criterion_id: str, *, as_of: str = TODAY) -> str:
    """'met', 'not-met', 'confirm', 'not-applicable', or with its reason 'unknown:stale'."""
    assessment = evaluate(judged, as_of=as_of) if isinstance(judged, bytes) else judged
    found = finding(assessment, criterion_id)
    reason = f":{found['reason']}" if "reason" in found else ""
    return f"{found['outcome']}{reason}"


def assert_verdict(
    document: bytes, criterion_id: str, expected: str, *, as_of: str = TODAY
) -> None:
    """
    Judges one criterion by itself; a bare 'unknown' leaves the reason open as the rule book does.

    What an order of another use sets aside is seen in whole assessments (`verdict`).
    """
    case = Case(read_document(document, PATIENT_ID), day(as_of))
    found = _CRITERIA[criterion_id].assess(case)
    got = f"{found.outcome.value}{f':{found.why.value}' if found.why else ''}"
    if expected == "unknown":
        assert got.startswith("unknown:"), f"{got}, not unknown"
    else:
        assert got == expected, f"{got}, not {expected}"
