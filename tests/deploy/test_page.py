"""docs/deployment.md: its examples fit the image and the service."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import pytest

from cds_hooks.settings import Settings
from tests.deploy.recipe import ROOT, stages
from tests.deploy.tools import need
from tests.service.running import Server

PAGE: Final = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
IMAGE: Final = stages()[-1]


@cache
def examples() -> Sequence[Any]:
    """The YAML of the page."""
    need("yaml")
    import yaml

    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def pod() -> Mapping[str, Any]:
    """The pod of the Kubernetes example."""
    found: Mapping[str, Any] = examples()[0]["spec"]["template"]["spec"]
    return found


def test_the_pod_asks_for_health_where_it_is(server: Server) -> None:
    (container,) = pod()["containers"]
    (port,) = container["ports"]
    assert str(port["containerPort"]) == IMAGE.the("EXPOSE").value
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["port"] == port["name"]
        assert server.get(asked["path"]).status_code == 200


def test_the_pod_has_no_more_rights_than_it_needs() -> None:
    (container,) = pod()["containers"]
    user = pod()["securityContext"]
    assert f"{user['runAsUser']}:{user['runAsGroup']}" == IMAGE.the("USER").value
    assert user["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_pod_has_time_to_stop() -> None:
    (container,) = pod()["containers"]
    (waits,) = re.findall(
        r"sleep\((\d+)\)", container["lifecycle"]["preStop"]["exec"]["command"][-1]
    )
    stops = Settings().server.shutdown_seconds
    assert pod()["terminationGracePeriodSeconds"] > int(waits) + stops
    assert f"`server.shutdown_seconds` ({stops})" in PAGE


def test_the_counts_that_the_page_names_are_counted(server: Server) -> None:
    server.post(b"no")
    told = server.get("/metrics").text
    named = set(re.findall(r"`(il2_advisor_\w+)", PAGE))
    counted = set(re.findall(r"# TYPE (il2_advisor_\w+)", told))
    assert {name for name in counted if not name.endswith("_created")} <= named
    for name in named:
        assert f"# HELP {name}" in told or f"# HELP {name.removesuffix('_total')}" in told


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)", PAGE))))
def test_what_the_page_points_to_is_here(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
