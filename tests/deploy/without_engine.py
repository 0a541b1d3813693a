"""
Run the steps of the Containerfile on a machine without a container engine, as root on Linux.

    unshare --mount python -m tests.deploy.without_engine

Each stage is a layer over this machine's own files, thrown away at the end: so every COPY and RUN
is carried out as it is written, with this machine's Python in place of the base image. What the
image starts is then started as the image's user: on a file system that cannot be written to,
without a capability, without a shell, and without a network but its own loopback. Its HEALTHCHECK
must hold while it runs, and must not once it has stopped.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.deploy.recipe import ROOT, Instruction, Stage, stages

REQUEST: Final = ROOT / "fixtures" / "requests" / "patient-view-growing-brain-lesion.json"
SERVICE: Final = "/cds-services/il2-patient-view"
SECONDS_TO_START: Final = 20
SECONDS_TO_STOP: Final = 20
# Where this machine's pip finds packages, and whom it trusts.
FOR_PIP: Final = {
    name: value
    for name, value in os.environ.items()
    if name.startswith("PIP_") or "CERT" in name or "_CA_" in name or "proxy" in name.lower()
}
NOTHING: Final[Mapping[str, str]] = {}
_NEW_NETWORK: Final = 0x40000000  # CLONE_NEWNET
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # SIOCSIFFLAGS; IFF_UP | IFF_RUNNING


def say(words: str) -> None:
    """One line."""
    print(words, flush=True)


def run(*command: str | Path) -> None:
    """Run a command; what it prints is shown only if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"failed: {command[-1]}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


class Layer:
    """A stage: this machine's files with those of the stage over them, as the root of a chroot."""

    def __init__(self, work: Path, stage: Stage) -> None:
        self.stage = stage
        self.root = work / "root"
        for name in ("upper", "work", "root"):
            (work / name).mkdir(parents=True)
        over = f"lowerdir=/,upperdir={work / 'upper'},workdir={work / 'work'}"
        run("mount", "-t", "overlay", "overlay", "-o", over, self.root)
        run("mount", "--rbind", "/proc", self.root / "proc")
        run("mount", "--rbind", "/dev", self.root / "dev")
        self.folder = "/"
        self.environment: dict[str, str] = {}
        self._lend_python()

    def _lend_python(self) -> None:
        """`python` is this one, where the base image has its own; any user may reach it."""
        prefix = Path(sys.base_prefix)
        for folder in (prefix, *prefix.parents[:-1]):
            inside = self.at(folder)
            inside.chmod(inside.stat().st_mode | 0o055)
        if prefix == Path("/usr"):
            link = self.at("/usr/bin/python")
            link.unlink(missing_ok=True)
            link.symlink_to("python3")
        else:
            run("mount", "--bind", prefix, self.at("/usr/local"))
            run("mount", "-o", "remount,bind,ro", self.at("/usr/local"))

    def at(self, path: str | Path) -> Path:
        """A path of the image, as seen from outside."""
        return self.root / str(path).lstrip("/")

    def carry_out(self, one: Instruction, others: dict[str, "Layer"]) -> None:
        """One instruction that makes files or says where the next run."""
        match one.name:
            case "WORKDIR":
                self.folder = one.value
                self.at(self.folder).mkdir(parents=True, exist_ok=True)
            case "ENV":
                self.environment |= one.pairs
            case "COPY":
                self._copy(one, others)
            case "RUN":
                say(f"RUN {one.value}")
                run(*self.command("/bin/sh", "-c", one.value, more=FOR_PIP))
            case _:
                pass  # read where the image is started

    def _copy(self, one: Instruction, others: dict[str, "Layer"]) -> None:
        *sources, target = one.words
        come_from = [others[f.partition("=")[2]].root for f in one.flags if f.startswith("--from=")]
        base = come_from[0] if come_from else ROOT
        goal = self.at(Path(self.folder) / target)
        for source in sources:
            found = base / source.lstrip("/")
            if found.is_dir():
                ignored = shutil.ignore_patterns(*([] if come_from else ["__pycache__"]))
                shutil.copytree(found, goal, symlinks=True, ignore=ignored, dirs_exist_ok=True)
            else:
                if target.endswith("/"):  # an engine makes such a folder
                    goal.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, goal)

    def command(
        self, *words: str, as_user: str | None = None, more: Mapping[str, str] = NOTHING
    ) -> Sequence[str]:
        """A command inside; as the image's user it has no rights but those of the user."""
        dropped = []
        if as_user is not None:
            user, _, group = as_user.partition(":")
            dropped = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
            dropped += ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", **self.environment, **more}
        given = [f"{name}={value}" for name, value in environment.items()]
        inside = ["env", "-i", "-C", self.folder, *given, *dropped, *words]
        return ["chroot", str(self.root), *inside]

    def close(self) -> None:
        """From now on: nothing can be written but in /tmp, and there is no shell."""
        run("mount", "-t", "tmpfs", "-o", "size=16m,noexec,nosuid,nodev", "tmpfs", self.at("/tmp"))  # noqa: S108 - inside the image
        shells = {self.at(f"/usr/bin/{name}").resolve() for name in ("sh", "bash", "dash")}
        for shell in shells:
            if shell.exists():
                run("mount", "--bind", "/dev/null", shell)
        run("mount", "-o", "remount,ro", self.root)


def own_network() -> None:
    """Leave the machine's network: port 8000 is free, and nothing can be called."""
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):
        sys.exit("no network of its own: " + os.strerror(ctypes.get_errno()))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP_AND_RUNNING))


def start(image: Layer, **settings: str) -> None:
    """Start what the image starts, ask it as an EHR and as an engine would, and stop it."""
    stage = image.stage
    user = stage.the("USER").value
    health = image.command(*stage.the("HEALTHCHECK").health, as_user=user)
    image.environment |= settings
    command = [*stage.the("ENTRYPOINT").words, *stage.the("CMD").words]

    def is_healthy() -> bool:
        return subprocess.run(health, capture_output=True, check=False).returncode == 0

    check("HEALTHCHECK fails before the start", not is_healthy())
    process = subprocess.Popen(image.command(*command, as_user=user))
    try:
        give_up = time.monotonic() + SECONDS_TO_START
        while not is_healthy():
            check("it starts in time", time.monotonic() < give_up and process.poll() is None)
            time.sleep(0.2)
        check("HEALTHCHECK holds", True)
        check("one call gives one card", len(answer(SERVICE, REQUEST.read_bytes())["cards"]) == 1)
        check("discovery answers", len(answer("/cds-services")["services"]) == 3)
        check("it runs as the image's user", owner(process.pid) == user)
        process.send_signal(getattr(signal, stage.the("STOPSIGNAL").value))
        check("STOPSIGNAL ends it with 0", process.wait(timeout=SECONDS_TO_STOP) == 0)
        check("HEALTHCHECK fails after the stop", not is_healthy())
    finally:
        process.kill()
        process.wait()


def answer(path: str, body: bytes | None = None) -> Any:
    """What the service answers."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:8000{path}", body, {"Content-Type": "application/json"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(asked, timeout=10) as told:
        return json.load(told)


def owner(pid: int) -> str:
    """`uid:gid` of a process."""
    told = Path(f"/proc/{pid}").stat()
    return f"{told.st_uid}:{told.st_gid}"


def check(words: str, holds: bool) -> None:
    """Say it once if it holds, and end if it does not."""
    if not holds:
        sys.exit(f"does not hold: {words}")
    if words != "it starts in time":
        say(f"  {words}")


def main() -> None:
    """Build, then start with one worker and with two."""
    work = Path("/mnt")
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "tmpfs", work)
    layers: dict[str, Layer] = {}
    for number, stage in enumerate(stages()):
        layer = Layer(work / str(number), stage)
        for one in stage.instructions:
            layer.carry_out(one, layers)
        layers[stage.name] = layer
    image = layers[""]
    image.close()
    own_network()
    user = image.stage.the("USER").value
    write = "import pathlib; pathlib.Path('/opt/il2-advisor/x').touch()"
    written = subprocess.run(
        image.command("python", "-c", write, as_user=user), capture_output=True, text=True
    )
    check("nothing can be written", "Read-only file system" in written.stderr)
    say("Started as the image starts it")
    start(image)
    say("Started with two workers")
    start(image, IL2_ADVISOR_SERVER__WORKERS="2")


if __name__ == "__main__":
    main()
