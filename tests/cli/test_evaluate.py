"""`evaluate`: charts from files, from a folder, from standard input; good ones and bad ones."""

import io
import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from cds_hooks import cli, report
from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import evaluate

ROOT: Final = Path(__file__).parents[2]
CHARTS: Final = ROOT / "fixtures" / "charts"
MALFORMED: Final = ROOT / "fixtures" / "malformed"
REQUESTS: Final = ROOT / "fixtures" / "requests"
TODAY: Final = ("--as-of", "2026-11-24")
SHARED: Final = Path(os.environ.get("IL2_SHARED", ROOT.parent / "shared")) / "data" / "public"


class Run:
    """Runs `evaluate` in this process and keeps what it printed."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        code = cli.main(["evaluate", *map(str, arguments)])
        printed = self._capture.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    def assessed(self, *arguments: str | Path) -> list[Any]:
        """The assessments of a run that ends well."""
        code, out, err = self("--json", *arguments)
        assert (code, err) == (0, "")
        return [json.loads(line) for line in out.splitlines()]

    def refused(self, *arguments: str | Path) -> str:
        """The one line of a run that assesses nothing."""
        code, out, err = self(*arguments)
        assert (code, out) == (2, "")
        (line,) = err.splitlines()
        assert line.startswith("il2-advisor: ")
        return line


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`evaluate`."""
    return Run(capsys)


def chart(name: str) -> Path:
    """A chart of the fixtures."""
    return CHARTS / f"{name}.json"


def expected_statuses() -> Iterator[tuple[str, str]]:
    """Story → status, as the README of the fixtures tells them."""
    for line in (ROOT / "fixtures" / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and (CHARTS / f"{cells[0].strip('`')}.json").exists():
            yield cells[0].strip("`"), cells[2].split("`")[1]


# --- What it prints ------------------------------------------------------------------------------


def test_every_chart_of_the_fixtures_has_the_status_that_their_readme_tells(run: Run) -> None:
    expected = dict(expected_statuses())
    paths = sorted(CHARTS.glob("*.json"))
    assert set(expected) == {path.stem for path in paths}
    found = run.assessed(*TODAY, *paths)
    assert {p.stem: one["status"] for p, one in zip(paths, found, strict=True)} == expected


def test_json_is_one_object_as_its_schema_says(run: Run) -> None:
    validator = jsonschema.Draft202012Validator(report.schema())
    for path in (chart("stable-treated-brain-mets"), chart("labs-withheld"), chart("hospice")):
        (found,) = run.assessed(path, *TODAY)
        validator.validate(found)
        assert found["asOf"] == "2026-11-24"
        assert found["complete"] is True
        for judged in found["criteria"]:
            assert judged["citations"]
            assert judged["outcome"] != "unknown" or judged["reason"]


def test_several_files_are_one_line_each_in_their_order(run: Run) -> None:
    names = ("hospice", "ecog-2", "labs-withheld")
    found = run.assessed(*(chart(name) for name in names), *TODAY)
    assert [one["status"] for one in found] == [
        "not-applicable", "requirement-not-met", "cannot-assess"
    ]  # fmt: skip


def test_a_folder_is_every_file_in_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    for number, name in enumerate(("ecog-2", "hospice")):
        target = tmp_path / "deeper" / f"{number}.json"
        target.write_bytes(chart(name).read_bytes())
    found = run.assessed(tmp_path, *TODAY)
    assert [one["status"] for one in found] == ["requirement-not-met", "not-applicable"]


def test_a_dash_is_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(chart("ecog-2").read_bytes()))
    monkeypatch.setattr(sys, "stdin", given)
    (found,) = run.assessed("-", *TODAY)
    assert found["status"] == "requirement-not-met"


def test_a_request_is_assessed_as_its_chart_is(run: Run) -> None:
    name = "kidney-transplant-1998"
    from_request, from_chart = run.assessed(
        REQUESTS / f"patient-view-{name}.json", chart(name), *TODAY
    )
    assert from_request["status"] == from_chart["status"] == "contraindication-found"
    assert from_request["summary"] == from_chart["summary"]


def test_a_byte_order_mark_changes_nothing(run: Run, tmp_path: Path) -> None:
    with_mark = tmp_path / "bom.json"
    with_mark.write_bytes(b"\xef\xbb\xbf" + chart("ecog-2").read_bytes())
    one, other = run.assessed(with_mark, chart("ecog-2"), *TODAY)
    assert one == other


def test_for_a_person_it_prints_status_card_and_every_criterion(run: Run) -> None:
    code, out, err = run(chart("ecog-2"), *TODAY)
    (found,) = run.assessed(chart("ecog-2"), *TODAY)
    assert (code, err) == (0, "")
    assert out.startswith("Status: requirement-not-met (as of 2026-11-24)")
    assert found["summary"] in out
    for judged in found["criteria"]:
        assert judged["id"] in out


def test_for_a_person_several_files_are_told_apart(run: Run) -> None:
    _, out, _ = run(chart("ecog-2"), chart("hospice"), *TODAY)
    assert f"== {chart('ecog-2')}" in out
    assert f"== {chart('hospice')}" in out
    assert "NO CARD" in out


def test_what_was_set_aside_is_told(run: Run) -> None:
    code, out, _ = run(MALFORMED / "one-broken-resource.json", *TODAY)
    assert code == 0
    assert "set aside: Condition/" in out
    (found,) = run.assessed(MALFORMED / "one-broken-resource.json", *TODAY)
    assert found["status"] == "cannot-assess"
    assert len(found["skipped"]) == 1


# --- Which day -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2026-11-24", "no-exclusion-found"),
        ("2026-11-24T08:00:00Z", "no-exclusion-found"),
        ("2026-11-24T23:30:00+13:00", "no-exclusion-found"),
        ("2027-11-24", "cannot-assess"),
        ("0001-01-01", "cannot-assess"),
        ("9999-12-31", "cannot-assess"),
        ("9999-12-31T23:59:59-14:00", "cannot-assess"),
        ("0001-01-01T00:00:00+14:00", "cannot-assess"),
    ],
)
def test_as_of_is_a_day_or_an_instant(run: Run, as_of: str, status: str) -> None:
    (found,) = run.assessed(chart("no-brain-mets-all-clear"), "--as-of", as_of)
    assert found["status"] == status
    assert found["asOf"][:10] == as_of[:10]


@pytest.mark.parametrize(
    "as_of",
    ["today", "", "2026-02-30", "24.11.2026", "2026-11", "2026-11-24T08:00:00", "1e9", "-1"],
)
def test_another_as_of_is_refused(run: Run, as_of: str) -> None:
    assert "2026-11-24" in run.refused(chart("ecog-2"), f"--as-of={as_of}")


def test_the_day_is_today_unless_told(run: Run) -> None:
    (found,) = run.assessed(chart("kidney-transplant-1998"))
    assert date.fromisoformat(found["asOf"]) >= date(2025, 1, 1)


# --- Which patient -------------------------------------------------------------------------------


def test_several_patients_are_refused_unless_one_is_named(run: Run) -> None:
    path = MALFORMED / "two-patients.json"
    entries = json.loads(path.read_bytes())["entry"]
    ids = [one["resource"]["id"] for one in entries if one["resource"]["resourceType"] == "Patient"]
    line = run.refused(path, *TODAY)
    assert "2 Patients" in line
    assert "--patient" in line
    for id_ in ids:
        assert id_ not in line
        (found,) = run.assessed(path, "--patient", id_, *TODAY)
        assert found["status"]


@pytest.mark.parametrize("name", ["ecog-2", "two-patients"])
def test_a_patient_who_is_not_there_is_refused(run: Run, name: str) -> None:
    folder = MALFORMED if name == "two-patients" else CHARTS
    assert "--patient" in run.refused(folder / f"{name}.json", "--patient", "nobody", *TODAY)


def test_another_patient_than_that_of_a_request_is_refused(run: Run) -> None:
    path = REQUESTS / "patient-view-kidney-transplant-1998.json"
    assert "--patient" in run.refused(path, "--patient", "nobody", *TODAY)


# --- What cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("not-json", "no JSON"),
        ("not-a-bundle", "Bundle"),
        ("no-patient", "no Patient"),
        ("two-patients", "2 Patients"),
    ],
)
def test_a_malformed_file_is_refused_in_one_line(run: Run, name: str, words: str) -> None:
    path = MALFORMED / f"{name}.json"
    line = run.refused(path, *TODAY)
    assert str(path) in line
    assert words in line


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "Bundle"),
        (b"null", "no JSON object"),
        (b"\xff\xfe{}", "UTF-8"),
        (b'{"resourceType": "Bundle", "entry": 5}', "Bundle"),
        (b'{"resourceType": "Bundle"}', "no Patient"),
        (b'{"resourceType": 5}', "Bundle"),
        (b'{"resourceType": "Patient", "id": "KANARI"}', "Bundle"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", '
         b'"id": ["KANARI"]}}]}', "Patient"),
        (b'{"hook": "KANARI"}', "hook"),
        (b'{"hook": "patient-view", "context": {}}', "hookInstance"),
        (b"[" * 100_000, "document"),
        (b'{"a":' * 100_000, "document"),
        (b'{"resourceType": "Bundle", "entry": ' + b"[" * 500 + b"]" * 500 + b"}", "Patient"),
    ],
)  # fmt: skip
def test_what_is_no_chart_is_refused_in_one_line(
    run: Run, tmp_path: Path, document: bytes, words: str
) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(document)
    line = run.refused(path, *TODAY)
    assert words in line
    assert "KANARI" not in line


@pytest.mark.parametrize(
    "path", sorted((REQUESTS / "refused").glob("*.json")), ids=lambda p: p.stem
)
def test_a_refused_request_is_never_a_clean_assessment(run: Run, path: Path) -> None:
    """Nor is one without the facts of the gate: that is `cannot-assess`, or refused."""
    code, out, err = run("--json", path, *TODAY)
    assert code in (0, 2)
    if code == 0:
        assert json.loads(out)["status"] == "cannot-assess"
    else:
        assert len(err.splitlines()) == 1


def test_a_missing_file_is_refused(run: Run, tmp_path: Path) -> None:
    line = run.refused(tmp_path / "nobody.json", *TODAY)
    assert "nobody.json" in line
    assert "cannot be read" in line


def test_an_empty_folder_is_refused(run: Run, tmp_path: Path) -> None:
    assert "no file" in run.refused(tmp_path, *TODAY)


def test_good_files_are_assessed_beside_bad_ones(run: Run, tmp_path: Path) -> None:
    paths = (
        chart("ecog-2"), MALFORMED / "not-json.json", tmp_path / "missing", chart("hospice"),
        MALFORMED / "no-patient.json",
    )  # fmt: skip
    code, out, err = run("--json", *paths, *TODAY)
    assert code == 2
    found = [json.loads(line)["status"] for line in out.splitlines()]
    assert found == ["requirement-not-met", "not-applicable"]
    assert len(err.splitlines()) == 3


def test_without_a_terminal_there_is_no_progress_bar(run: Run) -> None:
    code, _, err = run(CHARTS, *TODAY, "--json")
    assert (code, err) == (0, "")


# --- Files of others -----------------------------------------------------------------------------


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no {SHARED}: IL2_SHARED may name the folder")
def test_no_public_file_makes_it_crash_and_none_is_ours() -> None:
    """Public examples of FHIR and CDS Hooks: refused with a reason, or not applicable."""
    paths = sorted(SHARED.rglob("*.json"))
    assert len(paths) > 100
    others = {}
    for path in paths:
        try:
            status = evaluate(path.read_bytes(), date(2026, 11, 24)).status.value
        except AdvisorError:
            continue
        if status != "not-applicable":
            others[str(path.relative_to(SHARED))] = status
    assert others == {}
