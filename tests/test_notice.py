"""NOTICE names the owner of every code that we carry, and travels with the package."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

from cds_hooks.rulebook import SYSTEMS
from rules.codes import UCUM
from rules.tables import rows

ROOT: Final = Path(__file__).parents[1]
NOTICE: Final = (ROOT / "NOTICE").read_text(encoding="utf-8")
_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_ADDRESSES: Final = frozenset(re.findall(r"https?://[^\s,()]+", NOTICE))


def systems() -> list[str]:
    """Every code system of the tables, under all its addresses but the bare numbers."""
    found = {row["system"] for name in ("codes", "code-systems") for row in rows(name)}
    return sorted({one for one in found if not one.startswith("urn:oid:")} | {UCUM})


@pytest.mark.parametrize("system", systems())
def test_every_system_of_our_codes_is_covered(system: str) -> None:
    assert system in _ADDRESSES or system.startswith(_HL7)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_that_is_no_hl7_list_is_named_itself(system: str) -> None:
    assert system in _ADDRESSES
    assert re.search(rf"^{re.escape(SYSTEMS[system])}\b", NOTICE, re.MULTILINE)


def test_systems_known_by_a_number_only_are_other_names_of_these() -> None:
    for row in rows("code-systems"):
        assert row["same_as"] in systems(), row


def test_no_cpt_code_is_carried() -> None:
    hcpcs = [row["code"] for row in rows("codes") if "HCPCS" in row["system"]]
    assert hcpcs
    assert all(re.fullmatch(r"[A-V]\d{4}", code) for code in hcpcs)


def test_no_code_of_the_ajcc_is_carried() -> None:
    assert {row["code"] for row in rows("codes") if "cancerstaging" in row["system"]} == {"*"}


def test_it_travels_with_the_package() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "NOTICE" in told["project"]["license-files"]
    assert "/NOTICE" in told["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert "[NOTICE](NOTICE)" in (ROOT / "README.md").read_text(encoding="utf-8")
