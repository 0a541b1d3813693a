"""
What is recorded of pregnancy, and of whom it is asked.

Source: `criteria.md`, section J.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules import codes, units
from rules.case import Case, Window, proposed
from rules.chart import Coded, Entry, NoValue, Observation, Patient, Query, Skipped
from rules.codes import Code, Match
from rules.conditions import ACUTE_WINDOW, CONDITION_READS, Found, find_conditions
from rules.limits import Bound, Limit
from rules.model import Evidence, Finding, Outcome, Reads, Why, asks, not_applicable
from rules.select import Reading, Unknown, agree, fitting, not_complete, pick, trouble_of
from rules.shown import shown

_TEST_OR_STATUS = (codes.LAB_PREGNANCY_TEST, codes.PREGNANCY_STATUS)


# --- What an answer says ----------------------------------------------------------------------


def answers(entry: Observation) -> list[Code]:
    """The rows of codes.csv of the coded value and of the interpretation."""
    coded = [codes.listed(one) for one in entry.interpretation]
    if isinstance(entry.value, Coded):
        coded += entry.value.listed
    return [code for found in coded for code in found]


_STATUS: Mapping[str, Outcome | Why] = {"pregnant": Outcome.NOT_MET, "not pregnant": Outcome.MET}
_RESULT: Mapping[str, Outcome | Why] = {
    codes.PREGNANCY_TEST_NEGATIVE.name: Outcome.MET,
    codes.PREGNANCY_TEST_POSITIVE.name: Outcome.NOT_MET,
    codes.PREGNANCY_TEST_UNCLEAR.name: Why.UNCLASSIFIED,
}


def _is_status(entry: Observation) -> bool:
    return codes.judge(entry.listed, codes.PREGNANCY_STATUS).match is Match.DECIDES


def _said(entry: Observation) -> set[Outcome | Why]:
    """Every answer that a status or a test gives."""
    found = answers(entry)
    if _is_status(entry):
        values = [c for c in found if c.value_set == codes.PREGNANCY_STATUS_VALUE.name]
        return {_STATUS.get(code.means, Why.UNCLASSIFIED) for code in values}
    return {_RESULT[code.value_set] for code in found if code.value_set in _RESULT}


def _judge(reading: Reading) -> Outcome | Why:
    """Whether a test or status excludes pregnancy; answers that differ are conflicting."""
    value = reading.entry.value
    said = _said(reading.entry)
    if value is NoValue.UNREADABLE or not said:
        return Why.UNCLASSIFIED if isinstance(value, Coded) else Why.UNREADABLE
    return said.pop() if len(said) == 1 else Why.CONFLICTING


def _may_say_pregnant(entry: Entry) -> bool:
    """Pregnant, a test that is not negative, or one that had to be skipped."""
    if not isinstance(entry, Observation):
        return isinstance(entry, Skipped)
    said = _said(entry)
    return Outcome.NOT_MET in said or (Why.UNCLASSIFIED in said and not _is_status(entry))


# --- What the chart says ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pregnancy:
    """What is recorded of pregnancy, and of whom it is asked: ages in completed years (P)."""

    youngest: Limit = Limit(units.AGE, "12", "years", Bound.AT_LEAST)
    oldest: Limit = Limit(units.AGE, "55", "years", Bound.AT_MOST)
    window: Window = proposed(7, "test or status")
    visit: Window = ACUTE_WINDOW

    @property
    def reads(self) -> Reads:
        """The patient, tests, status and Conditions."""
        return (
            asks(Query.PATIENT)
            | CONDITION_READS
            | asks(Query.LABS, codes.LAB_PREGNANCY_TEST)
            | asks(Query.SOCIAL, codes.PREGNANCY_STATUS)
        )

    @property
    def windows(self) -> Sequence[Window]:
        """How old a test or status, and a diagnosis of a visit, may be."""
        return (self.window, self.visit)

    def conditions(self, case: Case) -> Found:
        """Conditions of pregnancy that count today."""
        return find_conditions(case, (codes.PREGNANCY,), window=self.visit)

    def newest(self, case: Case) -> tuple[Outcome, tuple[Evidence, ...]] | Unknown:
        """
        The newest test or status of what came; others of its day that differ are conflicting.

        One of the two queries must have come: whether both did is for the row to ask.
        """
        found = fitting(case, _TEST_OR_STATUS)
        missing = not_complete(case, (Query.LABS, Query.SOCIAL))
        came = Query.SOCIAL if Query.LABS in missing else Query.LABS
        picked = pick(case, came, found, self.window)
        if isinstance(picked, Unknown):
            return picked
        readings = [Reading(e, w, shown) for e, w, shown in picked if isinstance(e, Observation)]
        verdict = agree(readings, _judge)
        if isinstance(verdict, Unknown):
            return verdict
        outcome, evidence = verdict
        day = min(case.days(one.when)[0] for one in readings)
        same_day = [
            Reading(entry, when, shown(entry, verdict.code))
            for entry, verdict in found
            if isinstance(entry, Observation)
            and trouble_of(entry, verdict) is None
            and (when := case.usable(entry)) is not None
            and case.days(when)[1] >= day
        ]
        opposed = [r.evidence for r in same_day if _judge(r) in {*_STATUS.values()} - {outcome}]
        return Unknown(Why.CONFLICTING, (*evidence, *opposed)) if opposed else verdict

    def not_asked(self, case: Case) -> Finding | None:
        """Of a man, or outside the ages, it is not asked unless pregnancy is recorded."""
        if self._is_recorded(case):
            return None
        patient = case.chart.patient
        if sex := _sex_of_man(patient):
            return not_applicable("Recorded as male, and no pregnancy is recorded.", sex)
        birth = patient.birth
        if birth is None or birth.first > case.today:
            return None
        shown_birth = Evidence(patient.reference, "date of birth", when=birth)
        if case.years_since(birth.last) > self.oldest.value:
            return not_applicable(f"Older than {self.oldest.text} (proposed).", shown_birth)
        if case.years_since(birth.first) < self.youngest.value:
            return not_applicable(f"Younger than {self.youngest.text} (proposed).", shown_birth)
        return None

    def _is_recorded(self, case: Case) -> bool:
        if is_recognised(case, self.conditions(case)):
            return True
        return any(
            _may_say_pregnant(entry) and not is_old(case, entry, self.window)
            for entry, _ in fitting(case, _TEST_OR_STATUS)
        )


def _sex_of_man(patient: Patient) -> Evidence | None:
    """The sex at birth if it is male; where none is told, the gender."""
    if patient.birth_sex is not None:
        is_male = patient.birth_sex == "M"
        return Evidence(patient.reference, "sex at birth", value="male") if is_male else None
    is_male = patient.gender == "male"
    return Evidence(patient.reference, "gender", value="male") if is_male else None


def is_recognised(case: Case, found: Found) -> bool:
    """Whether a search found more than entries of which nothing at all can be read."""
    nameless = {one.reference for one in case.chart.skipped if not one.has_code}
    doubtful = [one for _, one in found.doubtful if one.reference not in nameless]
    return bool(found.sure or doubtful)


def is_old(case: Case, entry: Entry, window: Window) -> bool:
    """Whether an entry is surely older than a window."""
    when = case.usable(entry)
    return when is not None and case.may_be_within(when, window) is False
