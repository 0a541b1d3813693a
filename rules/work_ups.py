"""
The tests that settle what is open, each once: rows that wait for the same test share it.

Codes: the `orderable-*` sets of codes.csv. A test that no code there names is only said, never
drafted as an order.
"""

from collections.abc import Mapping

from rules import codes
from rules.model import Act, WorkUp

BLOOD_COUNT = WorkUp(
    "blood count with platelets",
    ((codes.LOINC, "57021-8", "CBC W Auto Differential panel - Blood"),),
)
CREATININE = WorkUp(
    "creatinine", ((codes.LOINC, "2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),)
)
LIVER_PANEL = WorkUp("liver panel", ((codes.LOINC, "24325-3", "Hep Func 2000 Pnl SerPl"),))
# sodium, potassium, creatinine, bilirubin, AST and ALT together
METABOLIC_PANEL = WorkUp(
    "metabolic panel",
    ((codes.LOINC, "24323-8", "Comprehensive metabolic 2000 panel - Serum or Plasma"),),
    covers=(CREATININE, LIVER_PANEL),
)
LDH = WorkUp(
    "LDH",
    (
        (
            codes.LOINC,
            "2532-0",
            "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma",
        ),
    ),
)
INR = WorkUp("INR", ((codes.LOINC, "6301-6", "INR in Platelet poor plasma by Coagulation assay"),))
HIV = WorkUp(
    "HIV test",
    (
        (
            codes.LOINC,
            "56888-1",
            "HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay",
        ),
    ),
)
HEPATITIS_B = WorkUp(
    "hepatitis B surface antigen",
    (
        (
            codes.LOINC,
            "5196-1",
            "Hepatitis B virus surface Ag [Presence] in Serum or Plasma by Immunoassay",
        ),
    ),
)
HEPATITIS_C = WorkUp(
    "hepatitis C antibody",
    (
        (
            codes.LOINC,
            "13955-0",
            "Hepatitis C virus Ab [Presence] in Serum or Plasma by Immunoassay",
        ),
    ),
)
PREGNANCY_TEST = WorkUp(
    "pregnancy test (serum)",
    (
        (
            codes.LOINC,
            "2118-8",
            "Choriogonadotropin (pregnancy test) [Presence] in Serum or Plasma",
        ),
    ),
)
CREATININE_CLEARANCE = WorkUp("creatinine clearance (measured)")

BRAIN_MRI = WorkUp(
    "brain MRI with contrast",
    (
        (codes.LOINC, "80510-1", "MR Brain for metastasis WO and W contrast IV"),
        (codes.SNOMED, "816077007", "MRI of brain"),
    ),
    Act.SCAN,
)
ECHOCARDIOGRAM = WorkUp(
    "echocardiogram (ejection fraction, wall motion)",
    (
        (codes.SNOMED, "40701008", "Echocardiography (procedure)"),
        (codes.LOINC, "42148-7", "US Heart"),
    ),
    Act.HEART,
)
STRESS_TEST = WorkUp(
    "cardiac stress test",
    (
        (codes.SNOMED, "76746007", "Cardiovascular stress testing (procedure)"),
        (codes.LOINC, "18752-6", "Exercise stress test study"),
    ),
    Act.HEART,
)
SPIROMETRY = WorkUp(
    "spirometry",
    (
        (codes.SNOMED, "127783003", "Spirometry (procedure)"),
        (codes.LOINC, "58477-1", "Pulmonary function report"),
    ),
    Act.LUNGS,
)

ECOG = WorkUp(
    "performance status (ECOG)",
    ((codes.LOINC, "89247-1", "ECOG Performance Status score"),),
    Act.EXAMINATION,
)
GLASGOW = WorkUp("Glasgow coma score", act=Act.EXAMINATION)
BLOOD_PRESSURE = WorkUp("blood pressure", act=Act.BEDSIDE)
OXYGEN_SATURATION = WorkUp("oxygen saturation", act=Act.BEDSIDE)
TEMPERATURE = WorkUp("temperature", act=Act.BEDSIDE)
WEIGHT = WorkUp("weight", act=Act.BEDSIDE)

# How a site's policy calls them: BRAIN_MRI is brain-mri.
BY_NAME: Mapping[str, WorkUp] = {
    name.lower().replace("_", "-"): one
    for name, one in list(globals().items())
    if isinstance(one, WorkUp)
}
NAMES: Mapping[WorkUp, str] = {one: name for name, one in BY_NAME.items()}
