"""`check-mapping`: what no rule understands in charts, what it might be, and what never leaks."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from cds_hooks import cli
from cds_hooks.mapping import guess
from cds_hooks.mapping.guess import by_words
from rules.chart import Kind
from rules.tables import rows
from tests.build import (
    BRAIN_METASTASIS,
    CREATININE,
    ECOG,
    LOINC,
    MELANOMA,
    MRI_BRAIN,
    OURS,
    PATIENT_ID,
    PLATELETS,
    RADIOSURGERY,
    RXNORM,
    SNOMED,
    STAGE_GROUP,
    UCUM,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    brain_mri,
    chart,
    concept,
    condition,
    device,
    encounter,
    lab,
    medication_request,
    observation,
    patient,
    prefetch_of,
    procedure,
    request,
    stage,
    tumour_size,
)
from tests.cli.test_evaluate import CHARTS, SHARED
from tests.fhir.stories import FIXTURES

LOCAL_CREATININE: Final = Code(OURS, "CREA-1", "Creatinine, Cobas 8000")
LOCAL_GLUCOSE: Final = Code(OURS, "GLU", "Glucose")


class Run:
    """Runs `check-mapping` in this process on documents that it writes first."""

    def __init__(self, capture: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capture = capture
        self._folder = folder

    def write(self, *documents: bytes) -> Path:
        """The documents as files of a folder."""
        for number, document in enumerate(documents):
            (self._folder / f"mr-secret-name-{number}.json").write_bytes(document)
        return self._folder

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        code = cli.main(["check-mapping", *map(str, arguments)])
        printed = self._capture.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    def found(self, *resources: Resource) -> Any:
        """What was found in one chart, as JSON."""
        code, out, err = self("--json", self.write(chart(*resources)))
        assert (code, err) == (0, "")
        return json.loads(out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """`check-mapping`."""
    return Run(capsys, tmp_path)


# Codes --------------------------------------------------------------------------------------------


def test_a_local_code_is_named_counted_and_guessed(run: Run) -> None:
    found = run.found(
        lab(LOCAL_CREATININE, "1.0 mg/dL"),
        lab(LOCAL_CREATININE, "1.1 mg/dL", days_ago=2),
        lab(CREATININE, "1.0 mg/dL"),
    )
    assert found["codes"] == [
        {
            "kind": "Observation",
            "part": "code",
            "system": OURS,
            "code": "CREA-1",
            "display": "Creatinine, Cobas 8000",
            "entries": 2,
            "files": 1,
            "mightBe": ["lab-creatinine"],
            "guessedBy": "words",
        }
    ]
    assert (found["entries"], found["understood"]) == (3, 1)


def test_a_local_code_beside_loinc_is_what_that_is(run: Run) -> None:
    (found,) = run.found(lab(CREATININE, "1.0 mg/dL", Code(OURS, "77", "kidney test")))["codes"]
    assert (found["code"], found["mightBe"]) == ("77", ["lab-creatinine"])
    assert found["guessedBy"] == guess.BESIDE


def test_a_code_that_means_nothing_here_has_no_guess(run: Run) -> None:
    (found,) = run.found(lab(LOCAL_GLUCOSE, "90 mg/dL"))["codes"]
    assert "mightBe" not in found


def test_a_code_that_is_listed_and_not_read_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guess, "known", lambda: frozenset({"lab-platelets"}))
    (found,) = run.found(lab(CREATININE, "1.0 mg/dL"))["codes"]
    assert "lab-creatinine" in found["mightBe"]
    assert found["guessedBy"] == guess.NOT_READ


def test_a_lookalike_is_understood_it_is_ignored_on_purpose(run: Run) -> None:
    urine = Code(LOINC, "2161-8", "Creatinine [Mass/volume] in Urine")
    assert run.found(lab(urine, "90 mg/dL"))["codes"] == []


def test_a_medicine_is_understood_by_its_name(run: Run) -> None:
    found = run.found(
        medication_request(Code(OURS, "9", "pembrolizumab 100 mg vial")),
        medication_request(text="prednisone 5 mg oral tablet"),
        medication_request(Code(OURS, "10", "mystery 5 mg tablet")),
    )
    assert [one["code"] for one in found["codes"]] == ["10"]
    assert found["words"] == []


def test_components_are_entries_of_their_own(run: Run) -> None:
    found = run.found(
        tumour_size("8 mm"),
        observation(
            Code(OURS, "panel", "Panel"),
            component=[{"code": concept(LOCAL_GLUCOSE)}, {"code": concept(CREATININE)}],
        ),
    )
    assert {one["code"] for one in found["codes"]} == {"panel", "GLU"}


@pytest.mark.parametrize(
    ("made", "part", "might_be"),
    [
        pytest.param(
            stage(Code(OURS, "4B", "AJCC stage IV"), of=STAGE_GROUP),
            "value",
            ["stage-iv-value"],
            id="a coded value",
        ),
        pytest.param(
            brain_mri(conclusion=Code(OURS, "x", "Cerebral edema")),
            "conclusion",
            ["cns-cerebral-oedema"],
            id="a conclusion",
        ),
        pytest.param(
            condition(MELANOMA, stage=[{"summary": concept(Code(OURS, "x", "AJCC stage IV"))}]),
            "stage",
            ["stage-iv-value"],
            id="a stage of a Condition",
        ),
        pytest.param(
            condition(BRAIN_METASTASIS, body_site=Code(OURS, "x", "Frontal lobe structure")),
            "body site",
            ["tumour-brain-body-site"],
            id="a body site of a Condition",
        ),
        pytest.param(
            procedure(RADIOSURGERY, body_site=Code(OURS, "x", "Brain structure")),
            "body site",
            ["tumour-brain-body-site"],
            id="a body site of a Procedure",
        ),
        pytest.param(
            tumour_size("8 mm", site=Code(OURS, "x", "Left elbow")),
            "body site",
            [],
            id="a body site of an Observation",
        ),
        pytest.param(
            medication_request(
                Code(RXNORM, "8640", "Prednisone"), route=Code(OURS, "x", "Topical")
            ),
            "route",
            ["route-local"],
            id="a route",
        ),
    ],
)
def test_coded_parts_of_what_is_understood_are_looked_at(
    run: Run, made: Resource, part: str, might_be: list[str]
) -> None:
    found = [one for one in run.found(made)["codes"] if one["part"] == part]
    assert found
    assert set(might_be) <= set(found[0].get("mightBe", ()))
    assert bool(might_be) is ("mightBe" in found[0])


def test_parts_of_what_is_not_understood_are_not(run: Run) -> None:
    social = observation(
        Code(OURS, "eyes", "Eye color"), valueCodeableConcept=concept(Code(OURS, "b", "Blue"))
    )
    assert [one["part"] for one in run.found(social)["codes"]] == ["code"]


def test_a_value_that_is_listed_and_not_read_says_so(run: Run) -> None:
    smoker = Code(SNOMED, "8517006", "Ex-smoker")
    (found,) = run.found(stage(smoker, of=STAGE_GROUP))["codes"]
    assert found["guessedBy"] == guess.NOT_READ


def test_an_ajcc_code_is_read_by_its_words(run: Run) -> None:
    four = stage(Code("http://cancerstaging.org", "4", "IV"), of=STAGE_GROUP)
    assert run.found(four)["codes"] == []


def test_a_code_of_a_visit_is_counted_and_never_guessed(run: Run) -> None:
    home = concept(Code(OURS, "01", "Discharged to home for hospice care"))
    found = run.found(encounter(hospitalization={"dischargeDisposition": home}))["codes"]
    assert [one for one in found if one["code"] == "01" and "mightBe" not in one]


# Words --------------------------------------------------------------------------------------------


def test_words_without_a_code_are_counted_by_kind(run: Run) -> None:
    found = run.found(
        condition(text="brain mets"),
        condition(text="brain mets", days_ago=3),
        observation(ECOG, valueCodeableConcept=concept(text="quite well")),
        procedure(text="vaccination"),
    )
    assert found["words"] == [
        {"where": "Condition", "text": "brain mets", "mightBe": "brain-metastasis", "entries": 2},
        {"where": "Observation value", "text": "quite well", "entries": 1},
        {"where": "Procedure", "text": "vaccination", "entries": 1},
    ]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.OBSERVATION, "Creatinine", {"lab-creatinine"}),
        (Kind.OBSERVATION, "CREATININE, SER/PLAS", {"lab-creatinine"}),
        (Kind.OBSERVATION, "Kreatinin im Serum", {"lab-creatinine"}),
        (Kind.OBSERVATION, "Creatinine clearance 24 h", {"lab-creatinine-clearance"}),
        (Kind.OBSERVATION, "Platelet count", {"lab-platelets"}),
        (Kind.OBSERVATION, "ECOG performance status", {"ecog-observation-code"}),
        (Kind.OBSERVATION, "Ejection fraction", {"lvef", "wall-motion-study"}),
        (Kind.REPORT, "MRI brain w/wo contrast", {"brain-mri"}),
        (Kind.REPORT, "CT head without contrast", {"head-ct"}),
        (Kind.PROCEDURE, "Stereotactic radiosurgery brain", {"brain-stereotactic-radiosurgery"}),
        (Kind.MEDICATION_REQUEST, "nivolumab 240 mg", {"drug-pd1-pdl1-inhibitor"}),
        (Kind.OBSERVATION, "Creatinine, urine", set()),
        (Kind.OBSERVATION, "Glucose", set()),
        (Kind.OBSERVATION, "", set()),
        (Kind.CONDITION, "Family history of melanoma", set()),
        (Kind.MEDICATION_REQUEST, "creatinine", set()),
        (Kind.ENCOUNTER, "hospice", set()),
    ],
)
def test_guesses_by_words(kind: Kind, text: str, expected: set[str]) -> None:
    found = by_words(kind, guess.CODE, (text,))
    assert set(found.sets if found else ()) == expected


# Units --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "unit"),
    [
        pytest.param(
            lab(CREATININE, "1.0 mg/foo"), {"unit": "mg/foo", "unitCode": "mg/foo"}, id="unknown"
        ),
        pytest.param(
            lab(CREATININE, "1.0 mg/dl%", ucum=False), {"unit": "mg/dl%"}, id="as text only"
        ),
        pytest.param(lab(CREATININE, "1.0"), {}, id="none"),
        pytest.param(
            observation(
                CREATININE, valueRange={"low": {"value": 1, "unit": "x"}, "high": {"value": 2}}
            ),
            {"unit": "x"},
            id="of a range",
        ),
        pytest.param(observation(CREATININE, valueInteger=1), {}, id="of a whole number"),
    ],
)
def test_a_unit_that_cannot_be_converted_stands_beside_its_analyte(
    run: Run, made: Resource, unit: dict[str, str]
) -> None:
    (found,) = run.found(made)["units"]
    own = {"analyte": "creatinine", "system": LOINC, "code": "2160-0", "entries": 1, "files": 1}
    assert found == own | unit


def test_a_unit_that_can_be_converted_is_not_told(run: Run) -> None:
    found = run.found(
        lab(CREATININE, "88.4 umol/L"),
        lab(PLATELETS, "200 10*3/uL"),
        observation(ECOG, valueInteger=1),
        observation(ECOG, valueQuantity={"value": 1}),
        observation(CREATININE, valueString="1.0 furlongs"),
        observation(MRI_BRAIN, valueQuantity={"value": 1, "unit": "furlong"}),
    )
    assert found["units"] == []


def test_haemoglobin_in_mmol_is_known_by_its_normal_range(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guess, "known", lambda: frozenset({"lab-haemoglobin"}))
    hgb = Code(LOINC, "59260-0", "Hemoglobin [Moles/volume] in Blood")
    normal = [{"high": {"value": 10.5, "unit": "mmol/L", "system": UCUM, "code": "mmol/L"}}]
    found = run.found(lab(hgb, "8 mmol/L", referenceRange=normal), lab(hgb, "8 mmol/L", days_ago=2))
    (unit,) = found["units"]
    assert (unit["analyte"], unit["entries"]) == ("haemoglobin", 1)


# Files --------------------------------------------------------------------------------------------


def test_a_folder_counts_entries_and_files(run: Run) -> None:
    folder = run.write(
        chart(lab(LOCAL_CREATININE, "1 mg/dL"), lab(LOCAL_CREATININE, "2 mg/dL")),
        chart(lab(LOCAL_CREATININE, "1 mg/dL")),
    )
    _, out, _ = run("--json", folder)
    found = json.loads(out)
    assert found["files"] == 2
    assert [(one["entries"], one["files"]) for one in found["codes"]] == [(3, 2)]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_counted(run: Run) -> None:
    folder = run.write(b"no JSON", chart(lab(LOCAL_CREATININE, "1 mg/dL")))
    code, out, err = run("--json", folder, "nonsense.json")
    assert code == 2
    assert "mr-secret-name-0.json: the document is no JSON" in err
    assert "nonsense.json: cannot be read" in err
    found = json.loads(out)
    assert (found["files"], found["unreadFiles"]) == (1, 2)


def test_an_empty_folder_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path)[0] == 2


_ALONE: Final = lab(LOCAL_CREATININE, "1 mg/dL")
_FOREIGN: Final = lab(LOCAL_CREATININE, "1 mg/dL", subject={"reference": "Patient/p2"})


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(json.dumps(_ALONE).encode(), id="a resource by itself"),
        pytest.param(b"\xef\xbb\xbf" + json.dumps(_ALONE).encode(), id="with a byte order mark"),
        pytest.param(
            b"\n".join([b"", json.dumps(_ALONE).encode(), b"no JSON", b"5"]), id="lines (NDJSON)"
        ),
        pytest.param(chart(patient(), patient(id="p2"), _FOREIGN), id="several patients"),
        pytest.param(
            json.dumps({"resourceType": "Bundle", "entry": [{"resource": _ALONE}]}).encode(),
            id="no patient",
        ),
        pytest.param(request(prefetch_of(_ALONE)), id="a request"),
        pytest.param(
            request(prefetch_of(_ALONE) | {"orders": None}).replace(
                b'"patient-view"', b'"order-select"'
            ),
            id="a request of another hook",
        ),
    ],
)
def test_any_file_of_resources_will_do(run: Run, document: bytes) -> None:
    code, out, err = run("--json", run.write(document))
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [(one["code"], one["entries"]) for one in found["codes"]] == [("CREA-1", 1)]


@pytest.mark.parametrize(
    "document",
    [b"", b"5", b"[]", b"{}", b'{"hook": "order-sign"}', b'{"hook": "x", "prefetch": 5}'],
    ids=str,
)
def test_what_holds_no_resource_is_refused(run: Run, document: bytes) -> None:
    assert run(run.write(document))[0] == 2


def test_a_medicine_that_only_points_to_a_medication_is_known_by_it(run: Run) -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": concept(Code(OURS, "m", "nothing"))}
    order = medication_request(
        medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"}
    )
    lines = b"\n".join(json.dumps(one).encode() for one in (drug, order))
    _, out, _ = run("--json", run.write(lines))
    assert [one["code"] for one in json.loads(out)["codes"]] == ["m"]


def test_what_is_set_aside_is_counted_with_its_reason(run: Run) -> None:
    strange = condition(MELANOMA, modifierExtension=UNKNOWN_MODIFIER)
    broken = condition(MELANOMA, onsetDateTime=5)
    of_nobody = device(Code(OURS, "d", "Pump"), patient=None)
    foreign = condition(MELANOMA, subject={"reference": "Patient/p2"})
    found = run.found(strange, broken, of_nobody, foreign)["setAside"]
    reasons = {(one["kind"], one["reason"].split(":")[0]): one["entries"] for one in found}
    assert reasons == {
        ("Condition", "has a modifierExtension that is not known here"): 1,
        ("Condition", "cannot be read"): 1,
        ("Condition", "is of another patient"): 1,
        ("Device", "names no patient"): 1,
    }


def test_so_it_is_in_a_file_that_is_no_chart(run: Run) -> None:
    strange = condition(MELANOMA, modifierExtension=UNKNOWN_MODIFIER)
    broken = condition(MELANOMA, onsetDateTime=5)
    unread = {"resourceType": "Questionnaire", "id": "q"}
    nothing = {"resourceType": "", "id": "n"}
    lines = (json.dumps(one).encode() for one in (strange, broken, unread, nothing))
    _, out, _ = run("--json", run.write(b"\n".join(lines)))
    found = json.loads(out)["setAside"]
    assert [(one["kind"], one["entries"]) for one in found] == [("Condition", 1)] * 2


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data is not here (IL2_SHARED)")
def test_every_file_of_the_public_data_is_read_or_refused(run: Run) -> None:
    code, out, err = run("--json", SHARED)
    found = json.loads(out)
    assert code == 2
    assert found["files"] > 700
    assert len(err.splitlines()) == found["unreadFiles"]


# For a person -------------------------------------------------------------------------------------


def test_the_text_is_aligned_and_sorted_by_count(run: Run) -> None:
    often = [lab(Code(OURS, "CREA-2", "Creatinine"), "1 mg/dL", days_ago=n) for n in range(3)]
    _, out, _ = run(run.write(chart(_ALONE, *often, lab(LOCAL_GLUCOSE, "90 mg/dL"))))
    lines = out.splitlines()
    assert lines[0].startswith("1 files read, 0 could not be read. 5 entries")
    head = next(n for n, line in enumerate(lines) if "entries  files" in line)
    first, second = lines[head + 1], lines[head + 2]
    assert first.index("CREA-2") == second.index("CREA-1") == lines[head].index("code")
    assert first.endswith("lab-creatinine")
    assert "without a guess (most are about other things) (1)" in out


def test_a_long_list_is_cut_and_says_so(run: Run) -> None:
    many = [observation(Code(OURS, f"n{n:03}", f"thing {n}")) for n in range(60)]
    _, out, _ = run(run.write(chart(*many)))
    assert "and 10 more: --json has all" in out


def test_control_characters_do_not_reach_the_terminal(run: Run) -> None:
    _, out, _ = run(run.write(chart(observation(Code(OURS, "a\x1b[2J", "b\x1b]0;c\a\nd")))))
    assert "\x1b" not in out
    assert "\a" not in out
    assert "b ]0;c d" in out


def test_toml_is_for_the_sites_own_codes_and_can_be_read(run: Run) -> None:
    folder = run.write(
        chart(
            lab(Code(OURS, 'a"b', "Creatinine"), "1 mg/dL"),
            lab(LOCAL_GLUCOSE, "1 mg/dL"),
            observation(Code(SNOMED, "999", "Creatinine")),
            stage(Code(OURS, "4B", "AJCC stage IV")),
        )
    )
    for options in ([], ["--counts"]):
        _, out, _ = run("--toml", *options, folder)
        assert tomllib.loads(out) == {
            "local_codes": [{"system": OURS, "code": 'a"b', "means": "lab-creatinine"}]
        } or (options and '"' not in out)
        assert ("# Creatinine (1 entries)" in out) is not bool(options)


# --counts -----------------------------------------------------------------------------------------

_WORDS: Final = frozenset({"display", "text", "reference", "id", "valueString", "conclusion"})
_WORDS_TOO: Final = frozenset({"family", "given", "line", "city", "fullUrl", "title"})


_OUR_WORDS: Final = frozenset(
    {row["value_set"] for row in rows("codes")} | {row["analyte"] for row in rows("units")}
)


def _told(found: Any) -> Iterator[str]:
    """Words, references, ids, names and dates of a document."""
    if isinstance(found, list):
        for one in found:
            yield from _told(one)
    elif isinstance(found, dict):
        for key, one in found.items():
            is_day = key.endswith(("DateTime", "Date", "issued", "start", "end", "authoredOn"))
            if isinstance(one, str) and (is_day or key in _WORDS or key in _WORDS_TOO):
                yield one
            yield from _told(one)


def _documents() -> Iterator[Path]:
    yield from sorted(FIXTURES.rglob("*.json"))


@pytest.mark.parametrize("form", [[], ["--json"], ["--toml"]], ids=str)
def test_with_counts_no_word_of_a_chart_leaves(run: Run, form: list[str]) -> None:
    secret = chart(
        patient(name=[{"family": "Geheimrat"}]),
        condition(text="Geheimrat has brain mets"),
        lab(LOCAL_CREATININE, "1 mg per Geheimrat", ucum=False),
        lab(CREATININE, "1 mg per Geheimrat", ucum=False),
        observation(Code("Geheimrat his list", "Geheimrat his creatinine", "Creatinine Geheimrat")),
        observation(ECOG, valueCodeableConcept=concept(text="Geheimrat is fine")),
        condition(MELANOMA, onsetDateTime={"Geheimrat": 5}),
        condition(MELANOMA, subject={"reference": "Patient/Geheimrat"}),
    )
    folder = run.write(secret, b"Geheimrat")
    code, out, err = run("--counts", *form, folder)
    assert code == 2
    for printed in (out, err):
        assert "Geheimrat" not in printed
        assert "mr-secret-name" not in printed
        assert str(folder) not in printed
        assert PATIENT_ID not in printed.split()
    assert "file 2 of 2: the document is no JSON" in err


@pytest.mark.parametrize("form", [[], ["--json"], ["--toml"]], ids=str)
def test_with_counts_no_word_of_any_story_leaves(run: Run, form: list[str]) -> None:
    _, out, err = run("--counts", *form, FIXTURES)
    for path in _documents():
        assert path.stem not in out + err
        try:
            found = json.loads(path.read_bytes())
        except ValueError:
            continue
        for words in _told(found):
            if len(words) > 3 and not any(words in ours for ours in _OUR_WORDS):
                assert words not in out, path


def test_without_counts_the_words_are_shown(run: Run) -> None:
    code, out, _ = run(CHARTS)
    assert code == 0
    assert "files read" in out


def test_codes_and_units_stay_with_counts(run: Run) -> None:
    folder = run.write(chart(_ALONE, lab(CREATININE, "1.0 mg/foo"), condition(text="brain mets")))
    _, out, _ = run("--counts", "--json", folder)
    found = json.loads(out)
    assert [(one["system"], one["code"]) for one in found["codes"]] == [(OURS, "CREA-1")]
    assert "display" not in found["codes"][0]
    assert found["units"][0]["unit"] == "mg/foo"
    assert found["words"] == [{"where": "Condition", "mightBe": "brain-metastasis", "entries": 1}]


def test_the_help_says_that_a_rare_code_can_point_to_a_patient(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["check-mapping", "--help"])
    assert "can still point to a patient" in " ".join(capsys.readouterr().out.split())


# A site's policy ----------------------------------------------------------------------------------


def test_the_lines_of_toml_make_a_policy_under_which_the_codes_are_understood(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "charts"
    folder.mkdir()
    chart_file = folder / "one.json"
    chart_file.write_bytes(chart(lab(LOCAL_CREATININE, "1.0 mg/dL")))
    single = folder / "two.json"
    single.write_text(json.dumps(lab(LOCAL_CREATININE, "1.0 mg/dL")), encoding="utf-8")
    _, lines, _ = run("--toml", folder)
    policy = tmp_path / "policy.toml"
    policy.write_text(lines, encoding="utf-8")
    code, out, err = run("--json", "--policy", policy, folder)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["codes"] == []
    assert found["understood"] == found["entries"] == 2
