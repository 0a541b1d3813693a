"""What holds for every criterion at once."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest

import rules
from cds_hooks.cards.compose import cards
from cds_hooks.evaluate import read_document
from cds_hooks.fhir.resources import READ_TYPES
from rules import statements, work_ups
from rules.assess import assess
from rules.case import Case
from rules.chart import Answer, Query
from rules.criteria import CRITERIA
from rules.model import Basis, Criterion, Finding, Outcome, Weight, WorkUp
from rules.tables import rows
from tests.build import (
    ATC,
    BRAIN_METASTASIS,
    ICD10CM,
    LEPTOMENINGEAL,
    LEVETIRACETAM,
    LOINC,
    M1D,
    MELANOMA,
    NEGATIVE,
    OEDEMA,
    PATIENT_ID,
    PREFETCH_KEYS,
    RADIOSURGERY,
    RXNORM,
    SEIZURE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    aldesleukin_order,
    brain_metastasis,
    brain_mri,
    concept,
    condition,
    disease_status,
    m_category,
    medication_administration,
    medication_request,
    nothing_against,
    observation,
    prefetch_of,
    procedure,
    quantity,
    request,
    states,
    tumour_size,
    visit_diagnosis,
)
from tests.build import STABLE as STABLE_TREND
from tests.fhir.stories import CHARTS, STORIES, name_of
from tests.rulebook import rows_of
from tests.rules.test_data_files import SHARED, needs_shared

every_criterion = pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)


# What a criterion says of itself ------------------------------------------------------------------


def test_ids_are_unique() -> None:
    ids = [one.id for one in CRITERIA]
    assert len(ids) == len(set(ids))
    assert len(ids) == 72


@every_criterion
def test_a_criterion_is_told_whole(criterion: Criterion) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", criterion.id)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", criterion.group)
    assert criterion.question.endswith("?")
    assert criterion.short
    assert criterion.check.threshold
    assert criterion.basis
    assert len(criterion.basis) == len(set(criterion.basis))
    assert criterion.sources
    for source in criterion.sources:
        assert source.key
        assert source.title
        assert source.read
        assert source.url is None or source.url.startswith("https://")
    assert criterion.headline.format(fact="f", date="d", change="c", remark="r")
    assert all(window.days > 0 for window in criterion.check.windows)


# criteria.md, "Weight of a criterion"
_REQUIREMENTS: Final = frozenset(
    {
        # the seed's own rules
        "performance-status",
        "brain-function-good",
        "brain-mets-asymptomatic",
        "brain-mets-not-growing",
        "cerebral-oedema-absent",
        "leptomeningeal-absent",
        # organ function with a number that most trials read had
        "creatinine-acceptable",
        "bilirubin-acceptable",
        "transaminases-acceptable",
        "platelets",
        "white-cells",
        "haemoglobin",
    }
)
_CAUTIONS: Final = frozenset(
    {
        # the conflict
        "brain-mets-treated",
        "brain-negative-scan",
        # read in secondary sources only
        "prior-course-response",
        "course-interval",
    }
)
_INFORMATION: Final = frozenset(
    {
        "age-no-upper-limit",
        "brain-metastases-not-exclusion",
        "braf-status-known",
        "ldh-prognosis",
        "first-line-checkpoint",
        "cycles-expectation",
        "line-prophylaxis",
    }
)


def weight_by_the_table(criterion: Criterion) -> Weight:
    """criteria.md, "Weight of a criterion"."""
    if Basis.LABEL_CI in criterion.basis:
        return Weight.CONTRAINDICATION
    if criterion.id in _INFORMATION:
        return Weight.INFORMATION
    if criterion.id in _REQUIREMENTS:
        return Weight.REQUIREMENT
    if Basis.LABEL_REQ in criterion.basis and criterion.id not in _CAUTIONS:
        return Weight.REQUIREMENT
    return Weight.CAUTION


@every_criterion
def test_the_weight_is_that_of_the_table(criterion: Criterion) -> None:
    assert criterion.weight is weight_by_the_table(criterion)


_WORK_UPS: Final = [one for one in vars(work_ups).values() if isinstance(one, WorkUp)]


@pytest.mark.parametrize("test", _WORK_UPS, ids=lambda one: one.name)
def test_every_code_of_a_work_up_may_be_ordered(test: WorkUp) -> None:
    orderable = {
        (row["system"], row["code"])
        for row in rows("codes")
        if row["value_set"].startswith("orderable-")
    }
    assert orderable
    assert test.name
    for system, code, display in test.codings:
        assert (system, code) in orderable
        assert display


@every_criterion
def test_a_criterion_shares_its_work_up(criterion: Criterion) -> None:
    assert criterion.work_up is None or criterion.work_up in _WORK_UPS


# The table of the rule book -----------------------------------------------------------------------

_BASES: Final = "|".join(basis.value for basis in Basis)


@cache
def _book() -> Mapping[str, tuple[str, str, frozenset[str]]]:
    """Row of criteria.md → group, question, basis."""
    found: dict[str, tuple[str, str, frozenset[str]]] = {}
    group = ""
    for line in (SHARED / "criteria.md").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"## [A-M]\. .*\(group `([a-z-]+)`", line):
            group = heading.group(1)
        elif line.startswith("## "):
            group = ""
        row = re.match(r"\| \**([a-z0-9]+(?:-[a-z0-9]+)*)\**(?: \([^|]*\))? \| (.*) \|$", line)
        if group and row and row.group(1) != "id":
            cells = row.group(2).split(" | ")
            found[row.group(1)] = (group, cells[0], frozenset(re.findall(_BASES, cells[-2])))
    return found


@needs_shared
def test_every_row_of_the_rule_book_is_a_criterion_in_its_order() -> None:
    assert [one.id for one in CRITERIA] == list(_book())
    assert all(basis or row == "life-expectancy" for row, (_, _, basis) in _book().items())


@needs_shared
@every_criterion
def test_a_criterion_is_a_row_of_the_rule_book_with_its_group_and_basis(
    criterion: Criterion,
) -> None:
    group, _, basis = _book()[criterion.id]
    assert criterion.group == group
    assert {one.value for one in criterion.basis} == basis


# What is withheld ---------------------------------------------------------------------------------


def _built() -> Iterator[tuple[str, tuple[Resource, ...]]]:
    """Charts on which a criterion has more to read than in the stories."""
    lesion = brain_metastasis(id="lesion", days_ago=200)
    sizes = (tumour_size("8 mm", days_ago=3), tumour_size("8 mm", days_ago=60))
    yield (
        "oedema, dexamethasone, levetiracetam",
        nothing_against(
            lesion=(lesion, *sizes, disease_status(STABLE_TREND, of=lesion)),
            oedema=states(OEDEMA, value=True),
            scan=(brain_mri(), brain_mri(days_ago=60)),
            medicines=(
                medication_request(Code(RXNORM, "3264", "dexamethasone")),
                medication_administration(LEVETIRACETAM, days_ago=3),
            ),
        ),
    )
    yield (
        "oedema stated absent, no seizure, hydrocortisone as replacement",
        nothing_against(
            lesion=(lesion, *sizes, condition(SEIZURE, clinical="resolved", days_ago=900)),
            oedema=(states(OEDEMA, value=False), states(LEPTOMENINGEAL, value=False)),
            scan=(brain_mri(), brain_mri(days_ago=60)),
            treatment=procedure(RADIOSURGERY, days_ago=150),
            steroid=medication_request(text="hydrocortisone 10 mg tablet"),
            adrenal=condition(Code(ICD10CM, "E27.40")),
        ),
    )
    yield (
        "a lesion by the M category alone",
        nothing_against(m=m_category(M1D), sizes=sizes, scan=brain_mri()),
    )
    yield (
        "alcohol dependence and schizophrenia",
        nothing_against(
            alcohol=condition(Code(ICD10CM, "F10.20")), psychosis=condition(Code(ICD10CM, "F20.9"))
        ),
    )
    braf = observation(
        Code(LOINC, "58415-1", "BRAF p.V600E"), valueCodeableConcept=concept(NEGATIVE)
    )
    yield (
        "ordered, BRAF known",
        nothing_against(order=aldesleukin_order(), braf=braf),
    )
    yield (
        "the whole dose ordered, lifileucel given",
        nothing_against(
            order=aldesleukin_order(
                dosageInstruction=[{"doseAndRate": [{"doseQuantity": quantity("48000000 [IU]")}]}]
            ),
            cells=medication_administration(Code(ATC, "L01XL11", "lifileucel"), days_ago=3),
        ),
    )
    yield (
        "everything as diagnoses of a visit",
        nothing_against(
            melanoma=visit_diagnosis(MELANOMA),
            metastasis=visit_diagnosis(BRAIN_METASTASIS, days_ago=200),
            sizes=sizes,
            scan=(brain_mri(conclusion="negative"), brain_mri(days_ago=60)),
        ),
    )


def _ours(document: bytes) -> Resource:
    """The prefetch of a document: of a chart, as if the EHR had been asked for it."""
    whole = json.loads(document)
    if "prefetch" in whole:
        theirs, prefetch = whole["context"]["patientId"], whole["prefetch"]
    else:
        found = [entry["resource"] for entry in whole["entry"]]
        theirs = next(one["id"] for one in found if one["resourceType"] == "Patient")
        # no template asks for statements: fhir-notes.md, "Rejected"
        asked = READ_TYPES - {"MedicationStatement"}
        prefetch = prefetch_of(*(one for one in found if one["resourceType"] in asked))
    text = json.dumps(prefetch).replace(f'"Patient/{theirs}"', f'"Patient/{PATIENT_ID}"')
    made: Resource = json.loads(text.replace(f'"id": "{theirs}"', f'"id": "{PATIENT_ID}"'))
    return made


def _prefetches() -> Iterator[tuple[str, Resource]]:
    yield from ((name_of(path), _ours(path.read_bytes())) for path in STORIES)
    yield from ((name, prefetch_of(*found)) for name, found in _built())


def _case(prefetch: Mapping[str, object]) -> Case:
    return Case(read_document(request(prefetch)), date.fromisoformat(TODAY))


@cache
def _findings() -> Mapping[str, Mapping[Query | None, Mapping[str, Finding]]]:
    """Story → the query that was withheld (None: none) → every finding."""
    found: dict[str, dict[Query | None, dict[str, Finding]]] = {}
    for story, prefetch in _prefetches():
        ways: dict[Query | None, Mapping[str, object]] = {None: prefetch}
        for query in Query:
            if query is not Query.PATIENT and query.value in prefetch:
                ways[query] = {key: v for key, v in prefetch.items() if key != query.value}
        for withheld, answers in ways.items():
            case = _case(answers)
            if withheld is not None:
                assert case.chart.answers[withheld] is Answer.MISSING
            # each by itself: an order that follows other criteria sets most of them aside
            found.setdefault(story, {})[withheld] = {one.id: one.assess(case) for one in CRITERIA}
    return found


def test_every_story_is_asked_for_by_all_our_queries() -> None:
    assert set(PREFETCH_KEYS) == {query.value for query in Query}
    assert len(_findings()) > len(STORIES)


@every_criterion
def test_a_criterion_reads_no_query_but_those_it_says(criterion: Criterion) -> None:
    declared = {query for query, _ in criterion.check.reads}
    for story, ways in _findings().items():
        for query, found in ways.items():
            if query is not None and query not in declared:
                assert found[criterion.id] == ways[None][criterion.id], (story, query)


@every_criterion
def test_withholding_a_whole_query_never_makes_a_criterion_met(criterion: Criterion) -> None:
    for story, ways in _findings().items():
        before = ways[None][criterion.id]
        for query, found in ways.items():
            if found[criterion.id].outcome is Outcome.MET:
                assert before.outcome is Outcome.MET, (story, query, before)


def _one_of_each_answer(criterion: Criterion) -> Iterator[Resource]:
    """A chart of the criterion's table for each answer that it expects."""
    seen = set()
    for row in rows_of(criterion):
        is_chart = b'"Bundle", "type": "collection"' in row.document
        if is_chart and row.expected not in seen:
            seen.add(row.expected)
            yield _ours(row.document)


@every_criterion
def test_withholding_from_a_chart_of_its_own_table_never_makes_a_criterion_met(
    criterion: Criterion,
) -> None:
    declared = {query for query, _ in criterion.check.reads}
    charts = 0
    for prefetch in _one_of_each_answer(criterion):
        charts += 1
        whole = criterion.assess(_case(prefetch))
        for query in Query:
            if query is not Query.PATIENT:
                less = criterion.assess(
                    _case({key: v for key, v in prefetch.items() if key != query.value})
                )
                if query not in declared:
                    assert less == whole, query
                if less.outcome is Outcome.MET:
                    assert whole.outcome is Outcome.MET, (query, whole)
    assert charts


_DAMAGE: Final[Mapping[str, Resource]] = {
    "a modifier that nobody knows": {"modifierExtension": UNKNOWN_MODIFIER},
    "a field that cannot be read": {"modifierExtension": 5},
    "no patient": {"subject": None, "patient": None},
}


# Each chart has one kind of damage: all three together on every chart take long and find no more.
_DAMAGED: Final = list(zip(CHARTS, cycle(_DAMAGE), strict=False))


@pytest.mark.parametrize(("path", "damage"), _DAMAGED, ids=lambda one: getattr(one, "stem", one))
def test_damage_to_one_resource_never_makes_a_criterion_met(path: Path, damage: str) -> None:
    whole = json.loads(path.read_bytes())

    def outcomes() -> dict[str, Outcome]:
        case = Case(read_document(json.dumps(whole).encode()), date.fromisoformat(TODAY))
        return {one.id: one.assess(case).outcome for one in CRITERIA}

    before = outcomes()
    for entry in whole["entry"]:
        sound = entry["resource"]
        if sound["resourceType"] != "Patient":
            entry["resource"] = sound | _DAMAGE[damage]
            after = outcomes()
            gained = {name for name, found in after.items() if found is Outcome.MET}
            assert gained <= {n for n, found in before.items() if found is Outcome.MET}, sound["id"]
            entry["resource"] = sound


@every_criterion
def test_without_any_data_nothing_is_met(criterion: Criterion) -> None:
    nothing = _case({"patient": {"resourceType": "Patient", "id": PATIENT_ID}})
    empty = _case(
        {"patient": {"resourceType": "Patient", "id": PATIENT_ID}}
        | dict.fromkeys(PREFETCH_KEYS[1:])
    )
    for case in (nothing, empty):
        assert criterion.assess(case).outcome not in (Outcome.MET, Outcome.NOT_MET)


# Words that are never said ------------------------------------------------------------------------

_NEGATED: Final = "It does not show that IL-2 prolongs survival."
_NEVER: Final = re.compile(
    r"\beligible\b|\bsafe\b|\bsafely\b|prolongs? survival|4 to 8 months|4-8 months", re.IGNORECASE
)


def _promises(text: str) -> list[str]:
    return _NEVER.findall(text.replace(_NEGATED, ""))


def test_the_words_are_found_where_they_stand() -> None:
    for text in (
        "The patient is eligible.",
        "IL-2 is SAFE",
        "it prolongs survival",
        "4 to 8 months",
    ):
        assert _promises(text), text
    assert not _promises(f"eligibility. {_NEGATED} ineligible, unsafe")
    assert _promises(_NEGATED + " It prolongs survival.")


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a module that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


_MODULES: Final = sorted(Path(rules.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.stem)
def test_no_text_of_the_rules_promises_anything(path: Path) -> None:
    assert not [(line, text) for line, text in _strings(path) if _promises(text)]


def test_the_one_sentence_on_survival_is_the_negated_one() -> None:
    assert _NEGATED in statements.SMALL_EVIDENCE.text
    said = " ".join(
        one.text for one in vars(statements).values() if isinstance(one, statements.Statement)
    )
    assert said.count("prolongs survival") == said.count(_NEGATED)


@pytest.mark.parametrize("path", CHARTS, ids=name_of)
def test_no_card_promises_anything(path: Path) -> None:
    assessment = assess(Case(read_document(path.read_bytes()), date.fromisoformat(TODAY)))
    made = cards(
        assessment, patient_id="p1", encounter_id=None, rule_book_url="http://localhost/rules"
    )
    assert not _promises(json.dumps(made))
