"""deploy/compose.yaml: by the rules of the compose specification, and by our own."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pytest

from cds_hooks.settings import Settings
from tests.deploy.recipe import ROOT, stages
from tests.deploy.tools import need

FOLDER: Final = ROOT / "deploy"
TEXT: Final = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
VERSION: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
PROXY: Final = (FOLDER / "Caddyfile").read_text(encoding="utf-8")


@cache
def compose() -> Mapping[str, Any]:
    """The file as YAML."""
    need("yaml")
    import yaml

    made: Mapping[str, Any] = yaml.safe_load(TEXT)
    return made


def service(name: str) -> Mapping[str, Any]:
    """One of its services."""
    found: Mapping[str, Any] = compose()["services"][name]
    return found


def test_it_is_as_the_compose_specification_has_it() -> None:
    need("compose_spec")
    from compose_spec import PyCompose

    assert sorted(PyCompose.from_yaml(TEXT).service_names()) == ["advisor", "proxy"]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("cap_drop:", "cap_drops:"),
        ("stop_grace_period: 20s", "stop_grace_period: soon"),
        ("mem_limit: 3g", "mem_limit: much"),
        ("condition: service_healthy", "condition: well"),
    ],
)
def test_a_mistake_would_be_found(good: str, bad: str) -> None:
    need("compose_spec")
    from compose_spec import PyCompose

    assert good in TEXT
    with pytest.raises(ValueError, match=r"\w"):
        PyCompose.from_yaml(TEXT.replace(good, bad, 1))


@pytest.mark.parametrize("name", ["advisor", "proxy"])
def test_a_container_has_no_more_rights_than_it_needs(name: str) -> None:
    told = service(name)
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["mem_limit"]
    assert told["pids_limit"]
    assert all(volume["read_only"] for volume in told["volumes"])
    assert "privileged" not in told
    assert told.get("cap_add", []) == ([] if name == "advisor" else ["NET_BIND_SERVICE"])


def test_gen_5_sec_1_only_the_proxy_can_be_reached() -> None:
    """Over TLS; the advisor, which speaks HTTP, is on a network of its own."""
    assert "ports" not in service("advisor")
    assert service("advisor")["networks"] == ["inside"]
    assert compose()["networks"]["inside"] == {"internal": True}
    assert service("proxy")["ports"] == ["443:443"]
    assert "http://" not in PROXY


def test_what_is_mounted_is_here_and_where_it_is_looked_for() -> None:
    for name in ("advisor", "proxy"):
        for volume in service(name)["volumes"]:
            source = FOLDER / volume["source"]
            assert source.exists() or source.name == "certificates"
    at = [volume["target"] for volume in service("advisor")["volumes"]]
    assert service("advisor")["environment"] == {"IL2_ADVISOR_CONFIG": at[0]}
    settings = tomllib.loads((FOLDER / "il2-advisor.toml").read_text(encoding="utf-8"))
    assert at[1] == f"/etc/il2-advisor/{settings['policy']['file']}"


def test_the_advisor_is_the_image_of_the_containerfile() -> None:
    told, image = service("advisor"), stages()[-1]
    assert told["image"] == f"il2-advisor:{VERSION}"
    build = told["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).samefile(ROOT / "Containerfile")
    assert told["user"] == image.the("USER").value
    _, *check = told["healthcheck"]["test"]
    assert check[:2] == image.the("HEALTHCHECK").health[:2]
    assert check[2].replace("/ready", "/live") == image.the("HEALTHCHECK").health[2]
    assert f"advisor:{image.the('EXPOSE').value}" in PROXY


def test_it_is_given_more_time_to_stop_than_it_takes() -> None:
    grace = int(service("advisor")["stop_grace_period"].removesuffix("s"))
    assert grace > Settings().server.shutdown_seconds


def test_the_proxy_bounds_a_body_as_the_service_does() -> None:
    (size,) = re.findall(r"max_size (\d+)MiB", PROXY)
    assert int(size) == Settings().server.max_body_mb
    (seconds,) = re.findall(r"read_body (\d+)s", PROXY)
    assert int(seconds) == Settings().server.body_seconds


def test_the_name_is_the_same_in_all_files() -> None:
    settings = tomllib.loads((FOLDER / "il2-advisor.toml").read_text(encoding="utf-8"))
    assert f"\n{settings['server']['public_url']} {{" in PROXY
