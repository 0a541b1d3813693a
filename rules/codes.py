"""
The value sets of the rule book, and how a coding is held against them.

Source: `rules/data/codes.csv`, `siblings.csv` and `code-systems.csv`; how codes count is
`criteria.md`, "Which entry counts", rule 6.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache

from rules.tables import rows

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
AJCC = "http://cancerstaging.org"
_ICD_10 = "http://hl7.org/fhir/sid/icd-10"
_ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
_DOTLESS = frozenset({_ICD_10, _ICD_10_CM, "http://terminology.hl7.org/CodeSystem/icd9cm"})


@dataclass(frozen=True, slots=True)
class Coding:
    """
    One coding of the chart; `system` and `code` already in the form of the tables.

    `stands_for`: what a site's own code means by the site's policy.
    """

    system: str
    code: str
    display: str | None = None
    written: str | None = None
    stands_for: "tuple[Code, ...]" = ()

    @property
    def token(self) -> str:
        """The FHIR search form, `system|code`, the code as the chart wrote it."""
        return f"{self.system}|{self.written or self.code}"


class Use(Enum):
    """What finding a code means (`use` in codes.csv)."""

    DECIDES = "decides"
    ASKS = "asks"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Code:
    """One row of codes.csv."""

    value_set: str
    system: str
    code: str
    written: str
    display: str
    is_prefix: bool
    use: Use
    means: str

    @property
    def token(self) -> str:
        """The FHIR search form, `system|code`, the code as its owner writes it."""
        return f"{self.system}|{self.written}"


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A named set of codes; `value_set` makes one and refuses a name that codes.csv lacks."""

    name: str

    @property
    def codes(self) -> tuple[Code, ...]:
        """The rows of codes.csv that make up the set."""
        return _sets()[self.name]

    def tokens(self, *systems: str) -> tuple[str, ...]:
        """`system|code` of each whole code that may be found, of these systems only."""
        return tuple(
            dict.fromkeys(
                c.token
                for c in self.codes
                if c.system in systems and not c.is_prefix and c.use is not Use.NEVER
            )
        )


class Match(Enum):
    """How the codings of one resource stand to a value set, strongest first."""

    __hash__ = object.__hash__  # quicker than Enum's: a key of many dicts

    DECIDES = "decides"
    CONFLICTING = "conflicting"
    ASKS = "asks"
    IN_REMISSION = "in-remission"
    IGNORED = "ignored"  # a look-alike, or a code that never counts: listed, and no finding
    NONE = "none"  # not listed here


_STRENGTH = {match: rank for rank, match in enumerate(Match)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The match, and the row of codes.csv that made it (none for `NONE`)."""

    match: Match
    code: Code | None = None

    @property
    def is_candidate(self) -> bool:
        """Whether the resource is, or may be, the thing the set names."""
        return self.match in (Match.DECIDES, Match.CONFLICTING, Match.ASKS)


NO_MATCH = Verdict(Match.NONE)


@cache
def _sets() -> dict[str, tuple[Code, ...]]:
    sets: dict[str, list[Code]] = {}
    for row in rows("codes"):
        system = normal_system(row["system"])
        code = Code(
            value_set=row["value_set"],
            system=system,
            code=normal_code(system, row["code"]),
            written=row["code"],
            display=row["display"].strip(),
            is_prefix=row["match"] == "prefix",
            use=Use(row["use"]),
            means=row["means"],
        )
        sets.setdefault(code.value_set, []).append(code)
    return {name: tuple(codes) for name, codes in sets.items()}


@cache
def _siblings() -> dict[str, dict[str, str]]:
    """Value set → the look-alike, unspecific and in-remission sets that belong to it."""
    belongs: dict[str, dict[str, str]] = {}
    for row in rows("siblings"):
        for value_set in row["belongs_to"].split():
            belongs.setdefault(value_set, {})[row["value_set"]] = row["kind"]
    return belongs


@cache
def _same_as() -> dict[str, tuple[str, bool]]:
    """System → the one it is read as, and whether only the first four characters count."""
    return {
        row["system"]: (row["same_as"], row["scope"] == "first four characters")
        for row in rows("code-systems")
    }


@cache
def _exact() -> dict[tuple[str, str], tuple[Code, ...]]:
    index: dict[tuple[str, str], tuple[Code, ...]] = {}
    for codes in _sets().values():
        for code in codes:
            index[code.system, code.code] = (*index.get((code.system, code.code), ()), code)
    return index


@cache
def _prefix_lengths() -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for codes in _sets().values():
        for code in codes:
            if code.is_prefix:
                lengths.setdefault(code.system, set()).add(len(code.code))
    return {system: tuple(sorted(found)) for system, found in lengths.items()}


def value_set(name: str) -> ValueSet:
    """The set of this name; `ValueError` where codes.csv has none."""
    if name not in _sets():
        raise ValueError(f"no value set {name!r} in rules/data/codes.csv")
    return ValueSet(name)


_SNOMED_EDITION = re.compile(r"http://snomed\.info/sct/.*", re.IGNORECASE)
_BARE_OID = re.compile(r"\d+(?:\.\d+)+", re.ASCII)


def normal_system(system: str) -> str:
    """The system as the tables spell it (rule 6: https, final slash, SNOMED edition, aliases)."""
    return _read_as(system)[0]


def _read_as(system: str) -> tuple[str, bool]:
    """The system that a system is read as, and whether only the first four characters count."""
    plain = _plain_system(system)
    return _same_as().get(plain, (plain, False))


def _plain_system(system: str) -> str:
    plain = system.strip().split("|")[0].rstrip("/")
    if plain[:8].casefold() == "https://":
        plain = "http://" + plain[8:]
    if _BARE_OID.fullmatch(plain):
        plain = "urn:oid:" + plain
    plain = _SNOMED_EDITION.sub(SNOMED, plain)
    return _spelled().get(plain.casefold(), plain)


@cache
def _spelled() -> dict[str, str]:
    """The systems of the tables, as they are spelled there, by their small letters."""
    known = [row["system"] for table in ("codes", "code-systems") for row in rows(table)]
    return {system.strip().rstrip("/").casefold(): system.strip().rstrip("/") for system in known}


def normal_code(system: str, code: str) -> str:
    """The code as it is compared: ICD codes without the dot, national ICD-10 by four characters."""
    return _compared(code, *_read_as(system))


def _compared(code: str, system: str, four_only: bool) -> str:
    if system not in _DOTLESS:
        return code.strip()
    bare = "".join(c for c in code.upper() if c.isalnum())
    return bare[:4] if four_only else bare


def coding(system: str, code: str, display: str | None = None) -> Coding:
    """A coding of the chart, brought into the form of the tables."""
    own, four_only = _read_as(system)
    return Coding(own, _compared(code, own, four_only), display, code.strip())


def listed(found: Coding) -> tuple[Code, ...]:
    """Every row of codes.csv, of whatever set, that the coding matches; and the site's rows."""
    hits = list(_exact().get((found.system, found.code), ()))
    for length in _prefix_lengths().get(found.system, ()):
        if length < len(found.code):
            hits.extend(
                c for c in _exact().get((found.system, found.code[:length]), ()) if c.is_prefix
            )
    return (*hits, *found.stands_for)


def value_set_names() -> frozenset[str]:
    """The names of all sets of codes.csv."""
    return frozenset(_sets())


def speaks_against(name: str) -> bool:
    """Whether a set is a look-alike or in-remission set: beside another it denies that one."""
    kinds = {kinds[name] for kinds in _siblings().values() if name in kinds}
    return bool(kinds & {"lookalike", "in-remission"})


def family(wanted: ValueSet) -> frozenset[str]:
    """The set and the sets that belong to it: a code of one of them is a listed code."""
    return _family(wanted.name)


@cache
def _family(name: str) -> frozenset[str]:
    return frozenset({name, *_siblings().get(name, {})})


def _one_coding(found: tuple[Code, ...], wanted: ValueSet) -> Verdict:
    """One coding against one set: the longest match within the set and its siblings wins."""
    siblings = _siblings().get(wanted.name, {})
    near = [c for c in found if c.value_set == wanted.name or c.value_set in siblings]
    if not near:
        return NO_MATCH
    longest = max(len(c.code) for c in near)
    roles = [
        (_role(c, siblings.get(c.value_set)), siblings.get(c.value_set) == "lookalike", c)
        for c in near
        if len(c.code) == longest
    ]
    # a code that stands in an unspecific set and in a look-alike one is unspecific
    match, _, code = min(roles, key=lambda role: (_STRENGTH[role[0]], role[1]))
    return Verdict(match, code)


def _role(code: Code, sibling_kind: str | None) -> Match:
    if code.use is Use.NEVER:
        return Match.IGNORED
    if sibling_kind == "in-remission":
        return Match.IN_REMISSION
    if sibling_kind is not None or code.use is Use.ASKS:
        return Match.ASKS
    return Match.DECIDES


def _is_opposite(verdict: Verdict, wanted: ValueSet) -> bool:
    """A look-alike or in-remission coding speaks against a coding of the set it belongs to."""
    own_set = verdict.code.value_set if verdict.code else ""
    return _siblings().get(wanted.name, {}).get(own_set) in ("lookalike", "in-remission")


def judge(codings: Iterable[tuple[Code, ...]], *wanted: ValueSet) -> Verdict:
    """
    One resource against the sets a row names; `codings` holds `listed(c)` of each coding.

    Within one set a coding that decides outweighs one that asks, and a look-alike beside a
    coding of the set it belongs to is conflicting. Over several sets the strongest wins.
    """
    known = [found for found in codings if found]
    sets = {code.value_set for found in known for code in found}
    # most entries of a chart have no code of the sets that a row asks for
    near = [one_set for one_set in wanted if not sets.isdisjoint(family(one_set))]
    return strongest(_judge_one(known, one_set) for one_set in near)


def strongest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that outweighs the others, the first of equals; `NO_MATCH` if there is none."""
    return min(verdicts, key=lambda verdict: _STRENGTH[verdict.match], default=NO_MATCH)


def _judge_one(known: list[tuple[Code, ...]], wanted: ValueSet) -> Verdict:
    verdicts = [v for found in known if (v := _one_coding(found, wanted)).match is not Match.NONE]
    own = [v for v in verdicts if v.is_candidate and not _is_opposite(v, wanted)]
    opposite = [v for v in verdicts if _is_opposite(v, wanted)]
    if own and opposite:
        return Verdict(Match.CONFLICTING, own[0].code)
    return strongest(verdicts)


# Disease
MELANOMA_CUTANEOUS = value_set("melanoma-cutaneous")
MELANOMA_METASTATIC = value_set("melanoma-metastatic")
MELANOMA_OCULAR = value_set("melanoma-ocular")
MELANOMA_MUCOSAL = value_set("melanoma-mucosal-or-extracutaneous")
MELANOMA_SITE_UNSPECIFIED = value_set("melanoma-site-unspecified")
MELANOMA_HISTORY = value_set("melanoma-history-lookalike")
MELANOMA_REMISSION_HISTORY = value_set("melanoma-remission-history")
BRAIN_METASTASIS = value_set("brain-metastasis")
BRAIN_METASTASIS_LOOKALIKE = value_set("brain-metastasis-lookalike")
BRAIN_LESION_UNSPECIFIC = value_set("brain-lesion-unspecific")
CNS_METASTASIS_UNSPECIFIC = value_set("cns-metastasis-site-unspecific")
LEPTOMENINGEAL = value_set("leptomeningeal-metastasis")
DISTANT_METASTASIS = value_set("distant-metastasis-visceral")
NODAL_METASTASIS = value_set("nodal-metastasis")
SKIN_METASTASIS = value_set("skin-soft-tissue-metastasis")
METASTASIS_UNKNOWN_PRIMARY = value_set("metastasis-unknown-primary")
OTHER_PRIMARY_METASTASIS = value_set("other-primary-metastasis-lookalike")
SECONDARY_CANCER = value_set("secondary-cancer-generic-code")
SECONDARY_SITE = value_set("secondary-cancer-body-site")
OTHER_ACTIVE_CANCER = value_set("other-active-cancer")
RENAL_CELL_CARCINOMA = value_set("renal-cell-carcinoma")
HISTORY_METASTATIC = value_set("history-metastatic")
STAGE_GROUP = value_set("stage-group-observation-code")
STAGE_III = value_set("stage-iii-value")
STAGE_IV = value_set("stage-iv-value")
M_CATEGORY = value_set("m-category-observation-code")
M0 = value_set("m0-value")
M1 = value_set("m1-value")
M1D = value_set("m1d-cns-value")
HOSPICE = value_set("hospice")
DECEASED_MARKER = value_set("deceased-marker")

# Performance
ECOG = value_set("ecog-observation-code")
ECOG_ANSWER = value_set("ecog-answer")
KARNOFSKY = value_set("karnofsky-observation-code")
KARNOFSKY_ANSWER = value_set("karnofsky-answer")

# Brain and nerves
BRAIN_MRI = value_set("brain-mri")
HEAD_CT = value_set("head-ct")
SCAN_NEGATIVE = value_set("brain-scan-finding-negative")
SCAN_ABNORMAL = value_set("brain-scan-finding-abnormal")
BRAIN_SITE = value_set("tumour-brain-body-site")
TUMOUR_SIZE = value_set("tumour-size-observation")
TUMOUR_SIZE_COMPONENT = value_set("tumour-size-component")
DISEASE_STATUS = value_set("disease-status-observation")
DISEASE_STATUS_VALUE = value_set("disease-status-value")
GLASGOW = value_set("glasgow-coma-score")
ORIENTATION = value_set("orientation-observation")
COGNITIVE_SCREEN = value_set("cognitive-screen-score")
FOCAL_DEFICIT = value_set("cns-focal-deficit")
ALTERED_MENTAL_STATUS = value_set("cns-altered-mental-status")
COMA = value_set("cns-coma")
DEMENTIA = value_set("dementia")
STROKE_SEQUELAE = value_set("stroke-sequelae")
RAISED_PRESSURE = value_set("cns-raised-intracranial-pressure")
SEIZURE = value_set("cns-seizure")
UNSPECIFIC_SYMPTOM = value_set("cns-unspecific-symptom")
CEREBRAL_OEDEMA = value_set("cns-cerebral-oedema")
MASS_EFFECT = value_set("brain-mass-effect-midline-shift")
RADIOSURGERY = value_set("brain-stereotactic-radiosurgery")
METASTASECTOMY = value_set("brain-craniotomy-metastasectomy")
RADIOTHERAPY_COURSE = value_set("radiotherapy-course")
RADIOTHERAPY_SITE = value_set("brain-radiotherapy-body-site")
WHOLE_BRAIN_RADIOTHERAPY = value_set("brain-radiotherapy-whole-brain")
OTHER_BRAIN_RADIOTHERAPY = value_set("brain-radiotherapy-other")
ALCOHOL_USE = value_set("alcohol-use")
ALCOHOL_SCREEN = value_set("alcohol-screen-score")
PSYCHIATRIC_MAJOR = value_set("psychiatric-major")

BRAF = value_set("braf-status-observation")
LDH = value_set("lab-ldh")

# Heart
LVEF = value_set("lvef")
WALL_MOTION_ABNORMALITY = value_set("wall-motion-abnormality")
WALL_MOTION_NORMAL = value_set("wall-motion-normal")
WALL_MOTION = value_set("wall-motion-observation")
WALL_MOTION_STUDY = value_set("wall-motion-study")
ECHOCARDIOGRAM = value_set("echocardiogram")
ECHO_REPORT = value_set("echo-report")
CORONARY_DISEASE = value_set("coronary-artery-disease")
CORONARY_REVASCULARISATION = value_set("coronary-revascularisation")
MYOCARDIAL_INFARCTION = value_set("myocardial-infarction-acute")
CHEST_PAIN = value_set("chest-pain")
STRESS_TEST_REPORT = value_set("cardiac-stress-test-report")
STRESS_TEST_PROCEDURE = value_set("cardiac-stress-test-procedure")
STRESS_TEST_RESULT = value_set("cardiac-stress-test-result")
HEART_FAILURE = value_set("heart-failure")
HEART_FAILURE_CARDIOMYOPATHY = value_set("heart-failure-cardiomyopathy")
ARRHYTHMIA = value_set("arrhythmia")
VENTRICULAR_TACHYCARDIA = value_set("ventricular-tachycardia")
SEVERE_ARRHYTHMIA = value_set("severe-arrhythmia")
SUPRAVENTRICULAR_ARRHYTHMIA = value_set("supraventricular-arrhythmia")
BENIGN_ARRHYTHMIA = value_set("benign-arrhythmia")
CONDUCTION_DISORDER = value_set("conduction-disorder")
CARDIAC_TAMPONADE = value_set("cardiac-tamponade")
BLOOD_PRESSURE = value_set("vital-blood-pressure")

# Lungs
FEV1 = value_set("pft-fev1")
FEV1_PERCENT = value_set("pft-fev1-percent-predicted")
SPO2 = value_set("vital-spo2")
OXYGEN_THERAPY = value_set("vital-oxygen-therapy")
PAO2 = value_set("abg-pao2")
ASCITES = value_set("ascites")
PLEURAL_EFFUSION = value_set("pleural-effusion")
PERICARDIAL_EFFUSION = value_set("pericardial-effusion")
PULMONARY_DISEASE = value_set("pulmonary-disease")
INTUBATION = value_set("intubation-ventilation")

# Kidney and liver
CREATININE = value_set("lab-creatinine")
CREATININE_CLEARANCE = value_set("lab-creatinine-clearance")
EGFR = value_set("lab-egfr")
CKD_SEVERE = value_set("ckd-stage-4-5")
KIDNEY_FAILURE = value_set("kidney-failure")
RENAL_FAILURE_DIALYSIS = value_set("renal-failure-dialysis")
DIALYSIS_PROCEDURE = value_set("dialysis-procedure")
HEPATIC_IMPAIRMENT = value_set("hepatic-impairment")
CIRRHOSIS = value_set("cirrhosis")
HEPATIC_FAILURE = value_set("hepatic-failure")
HEPATIC_ENCEPHALOPATHY = value_set("hepatic-encephalopathy")
BILIRUBIN = value_set("lab-bilirubin-total")
GILBERT_SYNDROME = value_set("gilbert-syndrome")
AST = value_set("lab-ast")
ALT = value_set("lab-alt")

# Blood
PLATELETS = value_set("lab-platelets")
LEUKOCYTES = value_set("lab-leukocytes")
NEUTROPHILS = value_set("lab-neutrophils-absolute")
HAEMOGLOBIN = value_set("lab-haemoglobin")
SODIUM = value_set("lab-sodium")
POTASSIUM = value_set("lab-potassium")
INR = value_set("lab-inr-aptt")
GI_BLEED = value_set("gi-bleed-ischaemia-perforation")
BOWEL_ISCHAEMIA = value_set("bowel-ischaemia-perforation")
INTRACRANIAL_HAEMORRHAGE = value_set("cns-intracranial-haemorrhage")
ACTIVE_BLEEDING = value_set("active-bleeding-other")
COAGULOPATHY = value_set("coagulopathy")

# Infection
ACTIVE_INFECTION = value_set("active-infection")
BLOOD_CULTURE = value_set("lab-blood-culture")
TEMPERATURE = value_set("vital-temperature")
CENTRAL_LINE = value_set("central-line")
LAB_HIV = value_set("lab-hiv")
HIV = value_set("hiv")
LAB_HEPATITIS_B = value_set("lab-hepatitis-b")
LAB_HEPATITIS_C = value_set("lab-hepatitis-c")
VIRAL_HEPATITIS = value_set("viral-hepatitis")

# Transplant, allergy
ORGAN_TRANSPLANT = value_set("organ-transplant")
SOLID_ORGAN_TRANSPLANT = value_set("transplant-solid-organ")
TRANSPLANT_FAILURE = value_set("transplant-failure")
TISSUE_TRANSPLANT = value_set("transplant-tissue-or-stem-cell")
TRANSPLANT_UNSPECIFIC = value_set("transplant-unspecific")
ALLERGY_ALDESLEUKIN = value_set("allergy-aldesleukin")
ALLERGY_NONE_KNOWN = value_set("allergy-none-known")
ADRENAL_INSUFFICIENCY = value_set("adrenal-insufficiency")
HYPOPITUITARISM = value_set("hypopituitarism")
AUTOIMMUNE_DISEASE = value_set("autoimmune-disease")
AUTOIMMUNE_THYROID = value_set("autoimmune-thyroid")
VITILIGO = value_set("vitiligo")
STEVENS_JOHNSON = value_set("stevens-johnson")
IMMUNE_ADVERSE_EVENT = value_set("immune-related-adverse-event")
IMMUNE_CHECKPOINT_EFFECT = value_set("immune-checkpoint-adverse-effect")
IMMUNE_COLITIS = value_set("immune-colitis")
IMMUNE_HEPATITIS = value_set("immune-hepatitis")
IMMUNE_MYOCARDITIS = value_set("immune-myocarditis")
IMMUNE_PNEUMONITIS = value_set("immune-pneumonitis")
IMMUNE_OTHER = value_set("immune-other")

# Pregnancy
PREGNANCY = value_set("pregnancy")
LAB_PREGNANCY_TEST = value_set("lab-pregnancy-test")
PREGNANCY_STATUS = value_set("pregnancy-status-observation")
PREGNANCY_STATUS_VALUE = value_set("pregnancy-status-value")
PREGNANCY_TEST_NEGATIVE = value_set("pregnancy-test-result-negative")
PREGNANCY_TEST_POSITIVE = value_set("pregnancy-test-result-positive")
PREGNANCY_TEST_UNCLEAR = value_set("pregnancy-test-result-unclear")
BREASTFEEDING = value_set("breastfeeding")
BREASTFEEDING_STATUS = value_set("breastfeeding-observation")
BREASTFEEDING_YES = value_set("breastfeeding-value-yes")
BREASTFEEDING_NO = value_set("breastfeeding-value-no")

# Medicines and routes
DRUG_ALDESLEUKIN = value_set("drug-aldesleukin")
DRUG_PD1 = value_set("drug-pd1-pdl1-inhibitor")
DRUG_CORTICOSTEROID = value_set("drug-systemic-corticosteroid")
DRUG_ANTICONVULSANT = value_set("drug-anticonvulsant")
DRUG_TIL = value_set("drug-til")
DRUG_CTLA4 = value_set("drug-ctla4-inhibitor")
DRUG_LAG3 = value_set("drug-lag3")
DRUG_ANTIBACTERIAL = value_set("drug-antibacterial")
DRUG_IMMUNOSUPPRESSANT = value_set("drug-immunosuppressant")
DRUG_BETA_BLOCKER = value_set("drug-beta-blocker")
DRUG_ANTIHYPERTENSIVE = value_set("drug-antihypertensive")
DRUG_NEPHROTOXIC = value_set("drug-nephrotoxic")
DRUG_NSAID = value_set("drug-nsaid")
DRUG_CARDIOTOXIC = value_set("drug-cardiotoxic")
DRUG_HEPATOTOXIC = value_set("drug-hepatotoxic")
DRUG_SEDATIVE = value_set("drug-sedative-psychotropic")
DRUG_OPIOID = value_set("drug-opioid")
DRUG_ANTIEMETIC = value_set("drug-antiemetic-cns-active")
DRUG_CONTRAST = value_set("drug-iodinated-contrast")
DRUG_INTERFERON = value_set("drug-interferon-alfa")
DRUG_CHEMOTHERAPY_WITH_IL2 = value_set("drug-chemotherapy-with-il2")
ALDESLEUKIN_GIVEN = value_set("aldesleukin-administration-hcpcs")
ROUTE_LOCAL = value_set("route-local")
ROUTE_SUBCUTANEOUS = value_set("route-subcutaneous")
ROUTE_INTRAVENOUS = value_set("route-intravenous")
WEIGHT = value_set("vital-weight")
ENCOUNTER_INPATIENT = value_set("encounter-class-inpatient")

# Answers, and what a card may suggest to order
RESULT_NEGATIVE = value_set("result-negative")
RESULT_POSITIVE = value_set("result-positive")
ORDERABLE_LAB = value_set("orderable-lab")
ORDERABLE_IMAGING = value_set("orderable-imaging")
ORDERABLE_CARDIOPULMONARY = value_set("orderable-cardiopulmonary")
ORDERABLE_ASSESSMENT = value_set("orderable-assessment")

# "Acute sets" (criteria.md, rule 7): an encounter diagnosis of these counts for 30 days (P).
ACUTE = frozenset(
    {
        "active-infection",
        "cns-altered-mental-status",
        "cns-coma",
        "cns-focal-deficit",
        "cns-seizure",
        "cns-raised-intracranial-pressure",
        "cns-cerebral-oedema",
        "cns-unspecific-symptom",
        "chest-pain",
        "active-bleeding-other",
        "gi-bleed-ischaemia-perforation",
        "cns-intracranial-haemorrhage",
        "ascites",
        "pleural-effusion",
        "pericardial-effusion",
        "kidney-failure",
        "renal-failure-dialysis",
        "hepatic-encephalopathy",
        "pregnancy",
    }
    | {name for name in _sets() if name.startswith("immune-")}
)

# "… but for chronic codes" (rule 7). codes.csv marks none. These name, by what it calls them, what
# lasts: chronic kidney disease without a stage, dependence on dialysis, dialysis that is missed.
# (Stages 4 and 5 are a set of their own, which is not acute.)
CHRONIC = frozenset(
    code
    for code in RENAL_FAILURE_DIALYSIS.codes
    if code.token
    in {
        f"{_ICD_10}|N18",
        f"{_ICD_10}|Z99.2",
        f"{_ICD_10_CM}|N18",
        f"{_ICD_10_CM}|N18.9",
        f"{_ICD_10_CM}|Z91.15",
        f"{_ICD_10_CM}|Z99.2",
        f"{SNOMED}|105502003",
        f"{SNOMED}|709044004",
    }
)
