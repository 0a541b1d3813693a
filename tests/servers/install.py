"""
The servers' programs, fetched once into a cache outside the checkout and pinned by version.

IL2_SERVERS_CACHE names the folder; without it, the user's own folder for caches.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_SEKMET: Final = _HERE / "sekmet.txt"
_POM: Final = _HERE / "hapi" / "pom.xml"
_JAVA: Final = _HERE / "hapi" / "HapiServer.java"

SEKMET_SECONDS: Final = 300
HAPI_SECONDS: Final = 900
COMPILE_SECONDS: Final = 120

# The archives' own checksums decide (--strict-checksums); a silent registry is given up soon.
_MAVEN: Final = (
    *("mvn", "--batch-mode", "--quiet", "--strict-checksums"),
    *("-Daether.connector.connectTimeout=20000", "-Daether.connector.requestTimeout=60000"),
)
_CLASSPATH: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath"
# Small rather than fast: it shares the machine with the tests.
_JVM: Final = ("-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class CannotInstall(Exception):
    """A registry is out of reach, or a tool is not on this machine: the server is skipped."""


def sekmet() -> Sequence[str]:
    """The command line of `sekmet`, in a virtual environment of its own."""
    folder = _cached("sekmet", _SEKMET, python=f"{sys.version_info.major}.{sys.version_info.minor}")
    program = folder / ("Scripts" if os.name == "nt" else "bin") / "sekmet"
    done = folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        python = program.with_name("python")
        _fetch((sys.executable, "-m", "venv", str(folder)), SEKMET_SECONDS)
        pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--retries", "2")
        _fetch((str(python), *pip, "--requirement", str(_SEKMET)), SEKMET_SECONDS)
        done.touch()
    return (str(program),)


def hapi() -> Sequence[str]:
    """The command line of HAPI FHIR's server; the port follows."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            raise CannotInstall(f"{tool} is not on this machine")
    folder = _cached("hapi", _POM, _JAVA)
    classpath, classes = folder / "classpath", folder / "classes"
    done = folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        where = (f"-Dmaven.repo.local={_cache() / 'maven'}", f"-Dmdep.outputFile={classpath}")
        _fetch((*_MAVEN, "--file", str(_POM), *where, _CLASSPATH), HAPI_SECONDS)
        # Our own source: that it compiles is not up to a registry.
        subprocess.run(
            ["javac", "-cp", classpath.read_text(), "-d", str(classes), str(_JAVA)],
            timeout=COMPILE_SECONDS,
            check=True,
        )
        done.touch()
    everything = os.pathsep.join((str(classes), classpath.read_text().strip()))
    return ("java", *_JVM, "-cp", everything, "HapiServer")


def _cache() -> Path:
    named = os.environ.get("IL2_SERVERS_CACHE")
    if named:
        return Path(named).resolve()
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "il2-advisor" / "servers"


def _cached(name: str, *sources: Path, **more: str) -> Path:
    """A folder that changes its name with what is installed in it."""
    content = b"".join(source.read_bytes() for source in sources) + repr(more).encode()
    return _cache() / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"


def _fetch(command: Sequence[str], seconds: int) -> None:
    """Run what may ask a registry; its last words are the reason when it fails."""
    try:
        subprocess.run(
            command,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotInstall(f"not installed within {seconds} seconds") from error
    except subprocess.CalledProcessError as error:
        lines = [line for line in str(error.stdout).splitlines() if "ERROR" in line]
        raise CannotInstall(lines[0] if lines else f"{command[0]} ended with a fault") from error
