"""How an entry is shown: what it is called, its value with its unit, its date."""

import re
from collections.abc import Sequence

from rules import codes
from rules.chart import Coded, Entry, NoValue, Observation, Range, Value
from rules.codes import Code, Coding
from rules.model import Evidence
from rules.units import Quantity


def number_text(quantity: Quantity) -> str:
    """The value with the decimals it was written with, and its comparator."""
    return f"{quantity.comparator or ''}{quantity.value:f}"


_SEMANTIC_TAG = re.compile(
    r" \((?:disorder|finding|procedure|situation|regime/therapy|event|body structure|"
    r"qualifier value|observable entity|environment)\)$"
)


def plain_display(display: str) -> str:
    """A SNOMED name without its semantic tag."""
    return _SEMANTIC_TAG.sub("", display)


def coding_text(codings: Sequence[Coding], fallback: str | None = None) -> str | None:
    """What a concept is called: as codes.csv has it, else as the chart shows it."""
    for coding in codings:
        found = codes.listed(coding)
        if found:
            return plain_display(found[0].display)
    return next((c.display for c in codings if c.display), fallback)


# What a clinician calls the things that are measured or read; codes.csv has the long names.
_CALLED = {
    codes.ECOG.name: "ECOG",
    codes.ECOG_ANSWER.name: "ECOG",
    codes.KARNOFSKY.name: "Karnofsky",
    codes.GLASGOW.name: "Glasgow coma score",
    codes.LAB_PREGNANCY_TEST.name: "pregnancy test",
    codes.PREGNANCY_STATUS.name: "pregnancy status",
    codes.LVEF.name: "ejection fraction",
    codes.ECHO_REPORT.name: "echocardiogram",
    codes.STRESS_TEST_REPORT.name: "cardiac stress test",
    codes.STRESS_TEST_PROCEDURE.name: "cardiac stress test",
    codes.BLOOD_PRESSURE.name: "systolic blood pressure",
    codes.CREATININE.name: "creatinine",
    codes.CREATININE_CLEARANCE.name: "creatinine clearance",
    codes.PLATELETS.name: "platelets",
    codes.LEUKOCYTES.name: "white cells",
    codes.NEUTROPHILS.name: "neutrophils",
    codes.HAEMOGLOBIN.name: "haemoglobin",
    codes.SODIUM.name: "sodium",
    codes.POTASSIUM.name: "potassium",
    codes.INR.name: "INR",
    codes.LDH.name: "LDH",
    codes.WALL_MOTION.name: "wall motion",
    codes.FEV1_PERCENT.name: "FEV1 % predicted",
    codes.SPO2.name: "oxygen saturation",
    codes.OXYGEN_THERAPY.name: "inhaled oxygen",
    codes.PAO2.name: "PaO2",
    codes.BRAIN_MRI.name: "brain MRI",
    codes.HEAD_CT.name: "head CT",
    codes.DISEASE_STATUS.name: "disease status",
    codes.STAGE_GROUP.name: "stage",
    codes.M_CATEGORY.name: "M category",
    codes.EGFR.name: "estimated GFR",
    codes.BILIRUBIN.name: "bilirubin",
    codes.AST.name: "AST",
    codes.ALT.name: "ALT",
    codes.BLOOD_CULTURE.name: "blood culture",
    codes.TEMPERATURE.name: "temperature",
    codes.LAB_HIV.name: "HIV test",
}


def _answer_text(value: Coded) -> str | None:
    """A coded answer by what it stands for (`ecog 1` is 1), else by its name."""
    for found in value.listed:
        for code in found:
            if code.means:
                return code.means.removeprefix("ecog ").removeprefix("karnofsky ")
    return coding_text(value.codings, value.text)


def _value_text(value: Value) -> tuple[str | None, str | None]:
    match value:
        case Quantity():
            return number_text(value), value.unit or value.code
        case Range():
            ends = [number_text(end) if end else "" for end in (value.low, value.high)]
            known = value.low or value.high
            return "-".join(ends), (known.unit or known.code) if known else None
        case Coded():
            return _answer_text(value), None
        case bool():
            return ("present" if value else "absent"), None
        case int():
            return str(value), None
        case str():
            return value, None
        case NoValue():
            return None, None


def shown(entry: Entry, code: Code | None = None, label: str | None = None) -> Evidence:
    """An entry as evidence; `code` is the row of codes.csv that it matched."""
    value, unit = _value_text(entry.value) if isinstance(entry, Observation) else (None, None)
    own = next(
        (c for c in entry.codings if code is not None and code in codes.listed(c)),
        entry.codings[0] if entry.codings else None,
    )
    if label is None:
        if code is not None and code.value_set in _CALLED:
            label = _CALLED[code.value_set]
        elif code is not None and not code.is_prefix:
            label = plain_display(code.display)
        else:
            label = next(iter(entry.texts), code.display if code else entry.kind.value)
    return Evidence(
        reference=entry.reference,
        label=label,
        code=own.token if own else None,
        value=value,
        unit=unit,
        when=entry.when,
    )
