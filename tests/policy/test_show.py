"""The policy in force, as a file that a site can edit: what is printed means the same again."""

import tomllib

import pytest

from cds_hooks import policy
from cds_hooks.policy_text import as_json, difference_lines, toml
from rules import work_ups
from rules.criteria import CRITERIA
from rules.site_rules import PUBLISHED, SiteRules
from tests.policy.under import rules_under

FULL = """
timezone = "Europe/Zurich"
brain_stance = "label"
suggestion_style = "single"
[patient_view]
show = "ordered"
repeat = "fold"
[services.il2-patient-view]
off = true
[windows]
brain-scan = 14
[criteria.platelets]
weight = "contraindication"
window_days = 14
[criteria.seizure-free]
off = true
[criteria.lvef-normal]
limit = "55 %"
[criteria.brain-mets-not-growing]
window_days = { later-scan = 14 }
[[local_codes]]
system = "urn:oid:1.2"
code = "a \\"quoted\\" code"
means = "lab-creatinine"
display = "Kreatinin, S\u00e4ule"
[[local_codes]]
system = "urn:oid:1.2"
code = "2"
means = "ecog-answer"
answer = "ecog 1"
[[override_reasons]]
system = "urn:oid:1.2"
code = "TB"
display = "Tumour board"
[orderables.brain-mri]
system = "urn:oid:1.2"
code = "9"
display = "MRI"
"""


@pytest.mark.parametrize("text", ["", FULL, "[orderables]"], ids=["default", "full", "as text"])
def test_what_is_shown_is_a_policy_that_means_the_same(text: str) -> None:
    rules = rules_under(text)
    again = rules_under(toml(rules))
    assert again.settings == rules.settings
    assert again.hash == rules.hash
    assert again.differences == rules.differences
    assert toml(again) == toml(rules)


def test_every_setting_is_shown() -> None:
    shown = toml(PUBLISHED)
    written = tomllib.loads(shown)
    for one in CRITERIA:
        assert f"[criteria.{one.id}]" in shown
        assert one.question in shown
    assert set(written["criteria"]) <= {one.id for one in CRITERIA}
    for name in work_ups.BY_NAME:
        assert name in shown
    for name in ("timezone", "local_codes", "orderables"):
        assert f"# {name}" in shown or f"# [[{name}" in shown or f"# [{name}" in shown


def test_a_contraindication_without_windows_has_nothing_to_set() -> None:
    assert "# [criteria.organ-allograft-absent] No organ allograft?" in toml(PUBLISHED)


def test_what_is_changed_is_marked() -> None:
    shown = toml(rules_under(FULL))
    assert "window_days = 14 # CHANGED, published: 7; days" in shown
    assert 'limit = "55 %" # CHANGED, published: "50 %"; at least; only stricter' in shown
    assert "off = true # CHANGED, published: false; or true" in shown
    assert "later-scan = 14, earlier-scan-from-28-d-before-it = 180 }" in shown
    assert "# CHANGED, published: later-scan: 28; days" in shown
    assert 'timezone = "Europe/Zurich" # CHANGED, published: not set' in shown
    assert "CHANGED" not in toml(PUBLISHED)


def test_differences_are_named_by_their_place() -> None:
    assert difference_lines(rules_under(FULL)) == [
        'timezone = "Europe/Zurich" (published: not set)',
        'brain_stance = "label" (published: "both-sides")',
        'suggestion_style = "single" (published: "grouped")',
        'patient_view.show = "ordered" (published: "advanced")',
        'patient_view.repeat = "fold" (published: "same")',
        "services.il2-patient-view.off = true (published: false)",
        "windows.brain-scan = 14 (published: 28)",
        "criteria.brain-mets-not-growing.window_days.later-scan = 14 (published: 28)",
        "criteria.seizure-free.off = true (published: false)",
        'criteria.lvef-normal.limit = "55 %" (published: "50 %")',
        'criteria.platelets.weight = "contraindication" (published: "requirement")',
        "criteria.platelets.window_days = 14 (published: 7)",
        'override_reasons = "the site\'s" (published: "the suggested ones")',
        'orderables = "the site\'s codes; every other test as text" '
        '(published: "the codes of the rule book")',
        'local_codes urn:oid:1.2|a "quoted" code lab-creatinine = '
        '"lab-creatinine Kreatinin, S\u00e4ule" (published: not set)',
        'local_codes urn:oid:1.2|2 ecog-answer = "ecog-answer ecog 1" (published: not set)',
        'override_reasons[1] = "urn:oid:1.2|TB Tumour board" (published: not set)',
        'orderables.brain-mri = "urn:oid:1.2|9 MRI" (published: not set)',
    ]


def test_as_json_it_holds_the_hash_and_every_setting() -> None:
    found = as_json(rules_under("[windows]\norder = 90"))
    assert found["policy"] == "site"
    assert found["policyHash"] == rules_under("[windows]\norder = 90").hash
    assert found["differences"] == [{"place": "windows.order", "value": 90, "published": 365}]
    assert as_json(PUBLISHED)["policy"] == "default"


# The hash -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[windows]\norder = 365",
        '[criteria.platelets]\nweight = "requirement"\nwindow_days = 7\noff = false',
        '[criteria.lvef-normal]\nlimit = "50.0 %"',
        'brain_stance = "both-sides"\n[patient_view]\nshow = "advanced"',
    ],
)
def test_a_policy_that_says_what_is_published_is_the_default(text: str) -> None:
    rules = rules_under(text)
    assert rules.hash == PUBLISHED.hash
    assert not rules.stamp.is_site
    # two criteria are never equal, only one and the same: so by everything that they say
    assert repr(rules.criteria) == repr(PUBLISHED.criteria)
    assert rules.windows == ()


def test_each_setting_changes_the_hash() -> None:
    parts = (
        'timezone = "Europe/Zurich"',
        'brain_stance = "label"',
        'suggestion_style = "single"',
        '[patient_view]\nshow = "ordered"',
        '[patient_view]\nrepeat = "fold"',
        "[services.il2-patient-view]\noff = true",
        "[windows]\norder = 90",
        "[criteria.platelets]\nwindow_days = 8",
        "[criteria.platelets]\noff = true",
        '[criteria.platelets]\nweight = "contraindication"',
        '[criteria.lvef-normal]\nlimit = "51 %"',
        '[[local_codes]]\nsystem = "urn:x"\ncode = "1"\nmeans = "lab-ldh"',
        '[[local_codes]]\nsystem = "urn:x"\ncode = "1"\nmeans = "lab-alt"',
        "[orderables]",
        '[orderables.ldh]\nsystem = "urn:x"\ncode = "1"\ndisplay = "LDH"',
    )
    hashes = {rules_under(text).hash for text in parts}
    assert len(hashes) == len(parts)
    assert PUBLISHED.hash not in hashes
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in hashes)


def test_the_same_policy_read_twice_has_the_same_hash() -> None:
    first, second = policy.parse(FULL)[0], policy.parse(FULL)[0]
    assert SiteRules(first).hash == SiteRules(second).hash
