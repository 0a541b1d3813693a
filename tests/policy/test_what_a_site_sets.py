"""Each thing that a site may set is seen to work in an assessment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from cds_hooks.cards.detail import detail
from cds_hooks.cards.summary import summary
from cds_hooks.report import window_words
from rules import units
from rules.adjust import at_site, own_limits, own_windows, parts, slug
from rules.case import Case, Window
from rules.checks import AtLeast, AtMost
from rules.criteria import CRITERIA
from rules.criteria.haematology import PLATELETS
from rules.limits import Bound, Limit
from rules.model import Check, Criterion, Finding, Outcome, Reads, Status, Weight
from rules.policy import Policy, RowPolicy
from rules.policy_mistakes import mistakes
from rules.site_rules import PUBLISHED, SiteRules
from tests.build import (
    CREATININE,
    HEMIPLEGIA,
    PREDNISONE,
    RADIOSURGERY,
    SEIZURE,
    STABLE,
    Resource,
    ago,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    disease_status,
    ecog,
    gcs,
    lab,
    lvef,
    medication_administration,
    medication_request,
    nothing_against,
    procedure,
    tumour_size,
    visit_diagnosis,
)
from tests.build import PLATELETS as PLATELET_COUNT
from tests.policy.under import assessed, rules_under, verdict

_LESION = brain_metastasis(id="lesion", days_ago=200)


def _lesion(*found: Resource, **changes: Resource | tuple[Resource, ...] | None) -> bytes:
    return chart(*nothing_against(lesion=(_LESION, *found), **changes))


def _with(**changes: Resource | tuple[Resource, ...] | None) -> bytes:
    return chart(*nothing_against(**changes))


@pytest.mark.parametrize(
    ("document", "row", "published", "toml", "at_site_"),
    [
        # windows that only one row has
        pytest.param(
            _with(platelets=lab(PLATELET_COUNT, "230 10*3/uL", days_ago=10)),
            "platelets",
            "unknown:stale",
            "[criteria.platelets]\nwindow_days = 14",
            "met",
            id="a longer window",
        ),
        pytest.param(
            _with(ecog=ecog(1, days_ago=20)),
            "performance-status",
            "met",
            "[criteria.performance-status]\nwindow_days = { window = 14 }",
            "unknown:stale",
            id="a shorter window, by its name",
        ),
        pytest.param(
            _with(creatinine=lab(CREATININE, "0.9 mg/dL", days_ago=10)),
            "creatinine-acceptable",
            "unknown:stale",
            "[criteria.creatinine-acceptable]\nwindow_days = 14",
            "met",
            id="a window inside a nested check",
        ),
        pytest.param(
            _with(seizure=condition(SEIZURE, clinical="resolved", abatementDateTime=ago(200))),
            "seizure-free",
            "met",
            "[criteria.seizure-free]\nwindow_days = 365",
            "not-met",
            id="seizures of a longer time",
        ),
        pytest.param(
            _lesion(condition(HEMIPLEGIA, days_ago=320)),
            "brain-mets-asymptomatic",
            "met",
            "[criteria.brain-mets-asymptomatic]\nwindow_days = 150",
            "not-met",
            id="symptoms from longer before the first brain metastasis",
        ),
        pytest.param(
            _lesion(tumour_size("8 mm", days_ago=20), tumour_size("8 mm", days_ago=60), scan=None),
            "brain-mets-not-growing",
            "met",
            "[criteria.brain-mets-not-growing]\nwindow_days = { later-scan = 14 }",
            "unknown:stale",
            id="the later size",
        ),
        pytest.param(
            _lesion(tumour_size("8 mm", days_ago=3), tumour_size("8 mm", days_ago=120), scan=None),
            "brain-mets-not-growing",
            "met",
            "[criteria.brain-mets-not-growing]\n"
            "window_days = { earlier-scan-from-28-d-before-it = 90 }",
            "unknown:absent",
            id="the earlier size",
        ),
        pytest.param(
            _lesion(
                disease_status(STABLE, of=_LESION, days_ago=3),
                scan=(brain_mri(days_ago=3), brain_mri(days_ago=120)),
            ),
            "brain-mets-not-growing",
            "met",
            "[criteria.brain-mets-not-growing]\n"
            "window_days = { earlier-scan-from-28-d-before-it = 90 }",
            "unknown:absent",
            id="the earlier scan of a stated trend",
        ),
        pytest.param(
            _with(steroid=medication_administration(PREDNISONE, days_ago=20)),
            "systemic-corticosteroid",
            "met",
            "[criteria.systemic-corticosteroid]\nwindow_days = 30",
            "not-met",
            id="doses given longer ago",
        ),
        pytest.param(
            _with(lvef=lvef("60 %", days_ago=60)),
            "lvef-normal",
            "met",
            "[criteria.lvef-normal]\nwindow_days = 30",
            "unknown:stale",
            id="a contraindication, shorter",
        ),
        # windows that several rows share
        pytest.param(
            _with(scan=brain_mri(conclusion="negative", days_ago=20)),
            "brain-imaging-current",
            "met",
            "[windows]\nbrain-scan = 14",
            "unknown:stale",
            id="the brain scan",
        ),
        pytest.param(
            _with(scan=brain_mri(conclusion="negative", days_ago=40)),
            "brain-mets-asymptomatic",
            "unknown:absent",
            "[windows]\nbrain-scan = 60",
            "not-applicable",
            id="the brain scan, for whether there are lesions",
        ),
        pytest.param(
            _with(gcs=gcs(15, days_ago=20)),
            "brain-function-good",
            "confirm",
            "[windows]\nglasgow-coma-score = 30",
            "met",
            id="the Glasgow score",
        ),
        pytest.param(
            _with(deficit=visit_diagnosis(HEMIPLEGIA, days_ago=40)),
            "cns-impairment-absent",
            "met",
            "[windows]\nacute-encounter-diagnosis = 60",
            "not-met",
            id="acute diagnoses of a visit",
        ),
        pytest.param(
            _with(steroid=medication_request(PREDNISONE, days_ago=120)),
            "systemic-corticosteroid",
            "not-met",
            "[windows]\norder = 90",
            "met",
            id="orders of medicines",
        ),
        # a limit that is our proposal
        pytest.param(
            _with(lvef=lvef("52 %")),
            "lvef-normal",
            "met",
            '[criteria.lvef-normal]\nlimit = "55 %"',
            "not-met",
            id="a stricter limit",
        ),
        # off
        pytest.param(
            _with(platelets=lab(PLATELET_COUNT, "50 10*3/uL")),
            "platelets",
            "not-met",
            "[criteria.platelets]\noff = true",
            "not-applicable",
            id="a row switched off",
        ),
    ],
)
def test_a_site_sets(document: bytes, row: str, published: str, toml: str, at_site_: str) -> None:
    assert verdict(document, row) == published
    assert verdict(document, row, toml) == at_site_


@pytest.mark.parametrize(
    ("document", "toml", "status"),
    [
        (
            _with(platelets=lab(PLATELET_COUNT, "50 10*3/uL")),
            '[criteria.platelets]\nweight = "contraindication"',
            Status.CONTRAINDICATION_FOUND,
        ),
        (
            _with(steroid=medication_request(PREDNISONE)),
            '[criteria.systemic-corticosteroid]\nweight = "requirement"',
            Status.REQUIREMENT_NOT_MET,
        ),
        (
            _with(platelets=lab(PLATELET_COUNT, "50 10*3/uL")),
            "[criteria.platelets]\noff = true",
            Status.NO_EXCLUSION_FOUND,
        ),
    ],
)
def test_weights_and_rows_switched_off_reach_the_status(
    document: bytes, toml: str, status: Status
) -> None:
    assert assessed(_with()).status is Status.NO_EXCLUSION_FOUND
    assert assessed(document, toml).status is status


_VISIBLE = _lesion(
    tumour_size("8 mm", days_ago=3),
    tumour_size("8 mm", days_ago=60),
    scan=(brain_mri(conclusion="metastasis", days_ago=3), brain_mri(days_ago=60)),
    oedema=None,
    treatment=procedure(RADIOSURGERY, days_ago=150),
)


def test_the_stance_of_the_label_makes_both_rows_requirements() -> None:
    label = assessed(_VISIBLE, 'brain_stance = "label"')
    assert assessed(_VISIBLE).of("brain-negative-scan").outcome is Outcome.NOT_MET
    assert label.status is Status.REQUIREMENT_NOT_MET
    against = detail(label).split("**Brain lesions**")[0]
    assert "A requirement by this site's policy." in against
    weights = {j.criterion.id: j.criterion.weight for j in label.judged}
    assert weights["brain-mets-treated"] is Weight.REQUIREMENT
    assert weights["brain-negative-scan"] is Weight.REQUIREMENT


def test_the_stance_never_makes_a_raised_row_lighter() -> None:
    toml = 'brain_stance = "label"\n[criteria.brain-mets-treated]\nweight = "contraindication"'
    (row,) = (one for one in rules_under(toml).criteria if one.id == "brain-mets-treated")
    assert row.weight is Weight.CONTRAINDICATION


# What the card says -------------------------------------------------------------------------------


def test_the_card_says_whose_the_numbers_are() -> None:
    toml = '[criteria.lvef-normal]\nlimit = "55 %"\nwindow_days = 60'
    found = assessed(_with(lvef=lvef("52 %")), toml)
    card = detail(found)
    assert "≥ 55 % (site), or the laboratory's lower limit if higher" in card
    assert "45 to 55 %: TIL consensus" in card
    assert "by this site's policy, which is stricter than the published rule" in card
    assert "contraindication by this site's policy: ejection fraction 52 %" in summary(found)
    low = assessed(_with(lvef=lvef("48 %")), toml)
    assert "contraindication on record: ejection fraction 48 %" in summary(low)
    assert f"site policy ({found.policy.hash}): differs in 2 places." in card
    stale = detail(assessed(_with(lvef=lvef("52 %", days_ago=70)), toml))
    assert "older than 60 days (site)" in stale


def test_the_card_of_the_default_policy_says_so() -> None:
    assert f"Rules 2026.11, default policy ({PUBLISHED.hash})." in detail(assessed(_with()))


def test_a_row_switched_off_is_counted_on_the_card_and_named_in_the_report() -> None:
    found = assessed(_with(), "[criteria.platelets]\noff = true\n[criteria.seizure-free]\noff=true")
    assert "differs in 2 places, 2 checks switched off." in detail(found)
    assert found.of("platelets").remark == "switched off by this site's policy"
    found = assessed(_with(), "[criteria.platelets]\noff = true")
    assert "differs in 1 place, 1 check switched off." in detail(found)


def test_a_raised_row_is_never_told_as_the_label_s_contraindication() -> None:
    low = lab(PLATELET_COUNT, "50 10*3/uL")
    toml = '[criteria.platelets]\nweight = "contraindication"'
    alone = summary(assessed(_with(platelets=low), toml))
    assert "contraindication by this site's policy: platelets 50" in alone
    both = summary(assessed(_with(platelets=low, lvef=lvef("30 %")), toml))
    assert "contraindication on record: ejection fraction 30 %" in both
    assert "and 1 more" in both


# What can be set ----------------------------------------------------------------------------------


def _check_of_platelets() -> AtLeast:
    check = PLATELETS.check
    assert isinstance(check, AtLeast)
    return check


_OWN = _check_of_platelets()


def _row(check: Check) -> Criterion:
    """A row whose threshold is our proposal, and that is no contraindication."""
    made = replace(PLATELETS, id="made-up", weight=Weight.CAUTION, check=check)
    return replace(made, is_threshold_proposed=True)


def _bounded(limit: Limit) -> AtLeast | AtMost:
    shape = AtMost if limit.proposed is Bound.AT_MOST else AtLeast
    return shape(codes=_OWN.codes, query=_OWN.query, limit=limit, window=Window(7))


@dataclass(frozen=True, slots=True)
class Both:
    """A check made of two."""

    low: AtLeast | AtMost
    high: AtLeast | AtMost
    threshold: str = "between both"
    windows: Sequence[Window] = ()
    reads: Reads = frozenset()

    def __call__(self, case: Case, /) -> Finding:
        return self.low(case)


@pytest.mark.parametrize(
    ("bound", "laxer"), [(Bound.AT_LEAST, "80 10*9/L"), (Bound.AT_MOST, "120 10*9/L")]
)
def test_a_limit_that_is_no_contraindication_s_may_be_laxer_too(bound: Bound, laxer: str) -> None:
    row = _row(_bounded(Limit(units.PLATELETS, "100", "10*9/L", bound)))
    policy = Policy(rows={"made-up": RowPolicy(limits={"": laxer})})
    assert mistakes(policy, [row]) == ()
    made = at_site(row, policy)
    assert laxer in made.check.threshold
    assert "(site)" in made.check.threshold
    assert (row.is_threshold_proposed, made.is_threshold_proposed) == (True, False)
    heavy = replace(row, weight=Weight.CONTRAINDICATION)
    assert "only be stricter" in str(mistakes(policy, [heavy])[0])


def test_of_several_limits_each_has_a_name() -> None:
    low = Limit(units.PLATELETS, "100", "10*9/L", Bound.AT_LEAST)
    high = Limit(units.PLATELETS, "400", "10*9/L", Bound.AT_MOST)
    row = _row(Both(low=_bounded(low), high=_bounded(high)))
    assert dict(own_limits(row)) == {"low": low, "high": high}
    without_name = Policy(rows={"made-up": RowPolicy(limits={"": "90 10*9/L"})})
    assert "low = ..., high = ..." in str(mistakes(without_name, [row])[0])
    named = Policy(rows={"made-up": RowPolicy(limits={"low": "90 10*9/L"})})
    rules = SiteRules(named, [row])
    assert rules.settings["criteria.made-up.limit.low"] == "90 10*9/L"
    assert rules.settings["criteria.made-up.limit.high"] == "400 10*9/L"
    assert rules.criteria[0].is_threshold_proposed  # one of them is still ours


def test_a_window_from_a_source_cannot_be_set() -> None:
    row = replace(PLATELETS, check=replace(_OWN, window=Window(7, is_proposed=False)))
    policy = Policy(rows={"platelets": RowPolicy(windows={"": 14})})
    assert "is a source's and cannot be changed" in str(mistakes(policy, [row])[0])


def test_a_window_that_rows_share_is_told_by_each_as_the_site_has_it() -> None:
    told = {
        one.id: words
        for one in rules_under("[windows]\nbrain-scan = 21").criteria
        if (words := window_words(one)) is not None and "(site)" in words
    }
    assert told == dict.fromkeys(
        (
            "brain-imaging-current",
            "brain-negative-scan",
            "cerebral-oedema-absent",
            "leptomeningeal-absent",
        ),
        "brain scan: 21 d (site)",
    )


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)
def test_windows_of_one_name_in_a_row_are_one(criterion: Criterion) -> None:
    """A policy sets them by name: give a second window its own words (`what`)."""
    named: dict[str, set[int]] = {}
    for _, value in parts(criterion.check):
        if isinstance(value, Window):
            named.setdefault(slug(value.what), set()).add(value.days)
    assert all(len(days) == 1 for days in named.values()), named


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)
def test_the_words_of_a_row_follow_its_numbers(criterion: Criterion) -> None:
    """Set every window of its own to 1 day: no published number is told any more."""
    windows = own_windows(criterion)
    changed = at_site(criterion, Policy(rows={criterion.id: RowPolicy(dict.fromkeys(windows, 1))}))
    found = [v for _, v in parts(changed.check) if isinstance(v, Window)]
    assert not set(found) & set(windows.values())
    for name, window in windows.items():
        days = f" {window.days} d"
        assert days not in f" {changed.check.threshold}", name
        assert not any(w.what == window.what and w.days == window.days for w in changed.windows)


# What is proposed there is which diseases count; the numbers are another row's, and a trial's.
_PROPOSED_WITHOUT_NUMBER = ("renal-impairment-absent",)
# The number says whom a row is about, or what it passes over: the threshold itself is no proposal.
_NUMBER_BESIDE = ("pregnancy-status-verified", "breastfeeding-absent")


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)
def test_a_proposed_threshold_has_its_limit_marked(criterion: Criterion) -> None:
    """`Limit(..., Bound.AT_LEAST)` where the rule book says P: else no site can set it."""
    limits = [v for _, v in parts(criterion.check) if isinstance(v, Limit)]
    if criterion.is_threshold_proposed and limits and criterion.id not in _PROPOSED_WITHOUT_NUMBER:
        assert own_limits(criterion), "mark the limit that is our proposal with its bound"
    if not criterion.is_threshold_proposed and criterion.id not in _NUMBER_BESIDE:
        assert not own_limits(criterion)
