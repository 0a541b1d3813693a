"""Every mistake in a policy is named at once: where it stands, why it cannot be, what to do."""

import pytest

from cds_hooks import policy
from rules.policy import Policy, RowPolicy
from rules.site_rules import BadPolicy, SiteRules

OURS = "decides whether the patient is ours"
CODE = '[[local_codes]]\nsystem = "urn:oid:1.2"\ncode = "77"\n'
REASON = '[[override_reasons]]\nsystem = "urn:x"\ncode = "{}"\ndisplay = "words"\n'
TEST = 'system = "urn:oid:1.2"\ncode = "77"\ndisplay = "a test"'


def named(toml: str) -> list[str]:
    """Each mistake as a line."""
    return [str(one) for one in policy.parse(toml)[1]]


@pytest.mark.parametrize(
    ("toml", "place", "words"),
    [
        pytest.param("a = ", "the file", "is no TOML", id="no TOML"),
        pytest.param("a = 1\nb = = 2", "the file", "line 2", id="the line is named"),
        pytest.param(
            'brainstance = "label"', "brainstance", "did you mean brain_stance?", id="no such key"
        ),
        pytest.param("nonsense = 1", "nonsense", "there is brain_stance, ", id="nothing like it"),
        pytest.param(
            'brain_stance = "both"', "brain_stance", "both-sides, label", id="no such stance"
        ),
        pytest.param('timezone = "Mars/Base"', "timezone", "Europe/Zurich", id="no such zone"),
        pytest.param("timezone = 1", "timezone", "Europe/Zurich", id="a number as zone"),
        pytest.param(
            'suggestion_style = "many"', "suggestion_style", "grouped, single", id="no such style"
        ),
        pytest.param(
            '[patient_view]\nshow = "never"', "patient_view.show", "after-checkpoint", id="no show"
        ),
        pytest.param(
            '[patient_view]\nrepeat = "never"', "patient_view.repeat", "same, fold", id="no repeat"
        ),
        pytest.param(
            '[patient_view]\nshows = "ordered"',
            "patient_view.shows",
            "show",
            id="no key of it",
        ),
        pytest.param('patient_view = "ordered"', "patient_view", "[patient_view]", id="no table"),
        # services
        pytest.param("services = 1", "services", "[services.il2-", id="services are a table"),
        pytest.param(
            "[services]\nil2-patient-view = 1",
            "services.il2-patient-view",
            "a table for each service",
            id="a service is a table",
        ),
        pytest.param(
            "[services.il2-patient-vew]\noff = true",
            "services.il2-patient-vew",
            "mean il2-patient-view?",
            id="no such service",
        ),
        pytest.param(
            "[services.x]\noff = false", "services.x", "there is il2-", id="no such service, on"
        ),
        pytest.param(
            "[services.il2-patient-view]\noff = 1",
            "services.il2-patient-view.off",
            "true or false",
            id="1 is not true",
        ),
        pytest.param(
            "[services.il2-patient-view]\non = true",
            "services.il2-patient-view.on",
            "there is off",
            id="no such key of a service",
        ),
        # windows that several rows share
        pytest.param("windows = 14", "windows", "whole days", id="windows are no number"),
        pytest.param(
            "[windows]\nbrain-scans = 14", "windows.brain-scans", "mean brain-scan?", id="no window"
        ),
        pytest.param("[windows]\nx = 14", "windows.x", "there is", id="nothing like it"),
        pytest.param("[windows]\norder = 0", "windows.order", "from 1 to 3650", id="no days"),
        pytest.param("[windows]\norder = 3651", "windows.order", "from 1 to 3650", id="ten years"),
        pytest.param('[windows]\norder = "14"', "windows.order", "whole days", id="days as words"),
        pytest.param("[windows]\norder = 14.5", "windows.order", "whole days", id="half a day"),
        pytest.param("[windows]\norder = true", "windows.order", "whole days", id="true is no day"),
        # rows
        pytest.param("criteria = 1", "criteria", "[criteria.platelets]", id="rows are a table"),
        pytest.param(
            "[criteria.platlets]", "criteria.platlets", "did you mean platelets?", id="no such row"
        ),
        pytest.param(
            "[criteria.x]", "criteria.x", "`il2-advisor policy show` lists", id="nothing like it"
        ),
        pytest.param(
            "[criteria.platelets]\nof = true",
            "criteria.platelets.of",
            "did you mean off?",
            id="no such key of a row",
        ),
        pytest.param(
            '[criteria.platelets]\nbrain_stance = "label"',
            "criteria.platelets.brain_stance",
            "belongs to the top of the file",
            id="a key of the top below a table",
        ),
        pytest.param(
            '[criteria.platelets]\noff = "yes"',
            "criteria.platelets.off",
            "true or false",
            id="yes is not true",
        ),
        # off
        pytest.param(
            "[criteria.lvef-normal]\noff = true",
            "criteria.lvef-normal.off",
            "a contraindication cannot be switched off",
            id="a contraindication is never off",
        ),
        pytest.param(
            "[criteria.melanoma-advanced]\noff = true",
            "criteria.melanoma-advanced.off",
            OURS,
            id="the gate is never off",
        ),
        pytest.param(
            '[patient_view]\nshow = "after-checkpoint"\n'
            "[criteria.first-line-checkpoint]\noff = true",
            "criteria.first-line-checkpoint.off",
            "patient_view.show",
            id="the row that the view needs",
        ),
        # weights
        pytest.param(
            '[criteria.lvef-normal]\nweight = "requirement"',
            "criteria.lvef-normal.weight",
            "can only be raised: leave it out",
            id="a contraindication is never lighter",
        ),
        pytest.param(
            '[criteria.platelets]\nweight = "caution"',
            "criteria.platelets.weight",
            "raise it to contraindication",
            id="a lighter weight",
        ),
        pytest.param(
            '[criteria.platelets]\nweight = "heavy"',
            "criteria.platelets.weight",
            "contraindication, requirement, caution, information",
            id="no such weight",
        ),
        # windows of a row
        pytest.param(
            "[criteria.lvef-normal]\nwindow_days = 91",
            "criteria.lvef-normal.window_days",
            "give 90 or less",
            id="a longer window of a contraindication",
        ),
        pytest.param(
            "[criteria.platelets]\nwindow_days = 0",
            "criteria.platelets.window_days",
            "from 1 to 3650",
            id="no days",
        ),
        pytest.param(
            '[criteria.platelets]\nwindow_days = "7"',
            "criteria.platelets.window_days",
            "whole days",
            id="days as words",
        ),
        pytest.param(
            "[criteria.platelets]\nwindow_days = { window = 7.5 }",
            "criteria.platelets.window_days",
            "whole days",
            id="half a day",
        ),
        pytest.param(
            "[criteria.brain-mets-not-growing]\nwindow_days = 14",
            "criteria.brain-mets-not-growing.window_days",
            "later-scan = ...",
            id="which of several windows",
        ),
        pytest.param(
            "[criteria.platelets]\nwindow_days = { scan = 14 }",
            "criteria.platelets.window_days.scan",
            "there is window",
            id="no such window",
        ),
        pytest.param(
            "[criteria.brain-imaging-current]\nwindow_days = 14",
            "criteria.brain-imaging-current.window_days",
            "takes brain-scan from [windows]",
            id="a window that several rows share",
        ),
        pytest.param(
            "[criteria.systemic-corticosteroid]\nwindow_days = { order = 90 }",
            "criteria.systemic-corticosteroid.window_days.order",
            "takes order from [windows]",
            id="a shared one beside one of its own",
        ),
        pytest.param(
            "[criteria.organ-allograft-absent]\nwindow_days = 14",
            "criteria.organ-allograft-absent.window_days",
            "has no window",
            id="for life",
        ),
        pytest.param(
            "[criteria.melanoma-advanced]\nwindow_days = 180",
            "criteria.melanoma-advanced.window_days",
            OURS,
            id="the stage decides whether the patient is ours",
        ),
        # limits of a row
        pytest.param(
            '[criteria.lvef-normal]\nlimit = "45 %"',
            "criteria.lvef-normal.limit",
            "only be stricter",
            id="a laxer limit of a contraindication",
        ),
        pytest.param(
            '[criteria.lvef-normal]\nlimit = "high"',
            "criteria.lvef-normal.limit",
            'write it like "50 %"',
            id="no number",
        ),
        pytest.param(
            '[criteria.lvef-normal]\nlimit = "55 mg/dL"',
            "criteria.lvef-normal.limit",
            'write it like "50 %"',
            id="another unit",
        ),
        pytest.param(
            '[criteria.lvef-normal]\nlimit = "550 %"',
            "criteria.lvef-normal.limit",
            "mind the unit",
            id="no ejection fraction is like that",
        ),
        pytest.param(
            "[criteria.lvef-normal]\nlimit = 55",
            "criteria.lvef-normal.limit",
            "with its unit",
            id="a bare number",
        ),
        pytest.param(
            '[criteria.lvef-normal]\nlimit = { other = "55 %" }',
            "criteria.lvef-normal.limit.other",
            "there is limit",
            id="no such limit",
        ),
        pytest.param(
            '[criteria.creatinine-acceptable]\nlimit = "1.4 mg/dL"',
            "criteria.creatinine-acceptable.limit",
            "only numbers marked (proposed)",
            id="a trial's number",
        ),
        pytest.param(
            '[criteria.melanoma-advanced]\nlimit = "1 %"',
            "criteria.melanoma-advanced.limit",
            OURS,
            id="the gate has no limit",
        ),
        # a site's own codes
        pytest.param("local_codes = 1", "local_codes", "[[local_codes]]", id="codes are tables"),
        pytest.param("local_codes = [1]", "local_codes[1]", "[[local_codes]]", id="each of them"),
        pytest.param(CODE, "local_codes[1]", "either means", id="which stands for nothing"),
        pytest.param(
            CODE + 'means = "lab-creatinine"\nanalyte = "creatinine"',
            "local_codes[1]",
            "either means",
            id="which stands for two",
        ),
        pytest.param(
            CODE + 'means = "lab-creatinin"',
            "local_codes[1].means",
            "did you mean lab-creatinine",
            id="no such set",
        ),
        pytest.param(
            CODE + 'analyte = "creatinin"',
            "local_codes[1].analyte",
            "did you mean creatinine",
            id="no such analyte",
        ),
        pytest.param(
            '[[local_codes]]\nsystem = "urn:oid:1.2"\nmeans = "lab-ldh"',
            "local_codes[1].code",
            "is missing",
            id="no code",
        ),
        pytest.param(
            '[[local_codes]]\nsystem = "urn:oid:1.2"\ncode = 77\nmeans = "lab-ldh"',
            "local_codes[1].code",
            "in quotes",
            id="a number as code",
        ),
        pytest.param(
            '[[local_codes]]\nsystem = "https://loinc.org/"\ncode = "2160-0"\nmeans = "lab-ldh"',
            "local_codes[1]",
            "in the rule book already (lab-creatinine",
            id="a code of the rule book keeps its meaning",
        ),
        pytest.param(
            CODE + 'means = "transplant-lookalike"',
            "local_codes[1]",
            "speaks against a finding",
            id="a look-alike would weaken",
        ),
        pytest.param(
            CODE + 'means = "vital-blood-pressure"',
            "local_codes[1]",
            "told apart one by one",
            id="systolic or diastolic?",
        ),
        pytest.param(
            CODE + 'means = "ecog-answer"', "local_codes[1]", "ecog 1", id="which answer?"
        ),
        pytest.param(
            CODE + 'means = "ecog-answer"\nanswer = "ecog 9"',
            "local_codes[1]",
            "ecog 1",
            id="no such answer",
        ),
        pytest.param(
            CODE + 'means = "lab-ldh"\nanswer = "high"',
            "local_codes[1]",
            "leave answer out",
            id="no answers there",
        ),
        pytest.param(
            f'{CODE}means = "lab-ldh"\n{CODE}analyte = "LDH"',
            "local_codes[2]",
            "twice",
            id="the same twice",
        ),
        # reasons to override
        pytest.param("override_reasons = []", "override_reasons", "1 to 6", id="no reason at all"),
        pytest.param(
            "".join(REASON.format(n) for n in range(7)),
            "override_reasons",
            "1 to 6",
            id="seven reasons",
        ),
        pytest.param(
            REASON.format(1) * 2, "override_reasons[2]", "already", id="the same reason twice"
        ),
        pytest.param(
            '[[override_reasons]]\nsystem = "urn:x"\ncode = "1"',
            "override_reasons[1].display",
            "is missing",
            id="a reason without words",
        ),
        pytest.param(
            "override_reasons = 1",
            "override_reasons",
            "[[override_reasons]]",
            id="reasons are tables",
        ),
        # orderables
        pytest.param(
            "orderables = 1", "orderables", "[orderables.brain-mri]", id="tests are tables"
        ),
        pytest.param(
            f"[orderables.brain-mr]\n{TEST}",
            "orderables.brain-mr",
            "did you mean brain-mri?",
            id="no such test",
        ),
        pytest.param(
            '[orderables.brain-mri]\nsystem = "urn:x"\ncode = "1"',
            "orderables.brain-mri.display",
            "is missing",
            id="without a name",
        ),
        pytest.param(
            'orderables = { brain-mri = "77" }',
            "orderables.brain-mri",
            "[orderables.brain-mri]",
            id="no table",
        ),
        pytest.param(
            f'[orderables.ldh]\n{TEST}\nsuggestion_style = "single"',
            "orderables.ldh.suggestion_style",
            "belongs to the top of the file",
            id="written below the last table",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(
    toml: str, place: str, words: str
) -> None:
    (line,) = named(toml)
    assert line.startswith(f"{place}: "), line
    assert words in line, line


def test_all_mistakes_are_named_at_once() -> None:
    lines = named(
        'brain_stance = "both"\n'
        "[windows]\nbrain-scans = 14\n"
        '[criteria.platlets]\noff = "yes"\n'
        "[criteria.lvef-normal]\noff = true\nwindow_days = 91\nlimit = 5\n"
        '[[local_codes]]\nsystem = "urn:oid:1.2"\ncode = 7\nmeans = "lab-creatinin"\n'
        '[orderables.brain-mr]\nsystem = "urn:x"\ncode = "1"\n'
    )
    assert sorted(line.split(": ")[0] for line in lines) == [
        "brain_stance",
        "criteria.lvef-normal.limit",
        "criteria.lvef-normal.off",
        "criteria.lvef-normal.window_days",
        "criteria.platlets",
        "criteria.platlets.off",
        "local_codes[1].code",
        "local_codes[1].means",
        "orderables.brain-mr",
        "orderables.brain-mr.display",
        "windows.brain-scans",
    ]


def test_the_rules_refuse_a_wrong_policy_whoever_made_it() -> None:
    with pytest.raises(BadPolicy, match="cannot be switched off"):
        SiteRules(Policy(rows={"lvef-normal": RowPolicy(off=True)}))


@pytest.mark.parametrize("toml", ["", "\ufeff# nothing", "[windows]", "[criteria.platelets]"])
def test_a_policy_that_sets_nothing_holds(toml: str) -> None:
    assert named(toml.removeprefix("\ufeff")) == []
