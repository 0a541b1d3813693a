"""
The laboratory's own normal range, where a row reads it.

Source: `fhir-notes.md`, Laboratory: no type means normal; a range that fits sex and age; limits
are inclusive; two that differ are conflicting; a text range is never read.
"""

from fractions import Fraction

from rules import units
from rules.case import Case
from rules.chart import Observation, ReferenceRange
from rules.units import Analyte


def _fits(case: Case, one: ReferenceRange) -> bool:
    patient = case.chart.patient
    if one.sexes and patient.gender not in one.sexes:
        return False
    if one.age_low is None and one.age_high is None:
        return True
    if patient.birth is None:
        return False
    youngest, oldest = (case.years_since(d) for d in (patient.birth.last, patient.birth.first))
    return (one.age_low or 0) <= youngest and (one.age_high is None or oldest <= one.age_high)


def normal_lows(case: Case, observation: Observation, of: Analyte) -> frozenset[Fraction]:
    """The lower ends of the normal ranges that fit the patient; several: they differ."""
    lows = set()
    for one in observation.ranges:
        if one.low is not None and _fits(case, one):
            low = units.span(of, one.low)
            if low is not None and low.low is not None:
                lows.add(low.low)
    return frozenset(lows)


def normal_highs(case: Case, observation: Observation, of: Analyte) -> frozenset[Fraction]:
    """The upper ends of the normal ranges that fit the patient; several: they differ."""
    highs = set()
    for one in observation.ranges:
        if one.high is not None and _fits(case, one):
            high = units.span(of, one.high)
            if high is not None and high.high is not None:
                highs.add(high.high)
    return frozenset(highs)
