#!/usr/bin/env python3
"""
Set up IL-2 Advisor and start it, or its tests, with nothing but Python 3.11 or newer.

    python3 start.py               sets up in .venv, shows the demo and serves it
    python3 start.py --port 8123   further arguments go to `il2-advisor demo --serve`
    python3 start.py test          sets up in .venv and runs the tests
    python3 start.py test -k ecog  further arguments go to pytest

Works from any folder. The environment variable IL2_VENV names another folder than .venv.
"""

# Standard library only, and a syntax that Python 2.7 can parse (no f-strings, no annotations):
# so an old Python can say that it is too old, instead of stopping with a SyntaxError.
from __future__ import print_function

import hashlib
import json
import os
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.realpath(__file__))
ON_WINDOWS = os.name == "nt"

# Tried in this order when this Python is too old. The versions that we test come first.
NEWER = ["python3.13", "python3.12", "python3.11", "python3.14", "python3", "python"]


class SetupError(Exception):
    """Nothing more can be done: one line for the person at the terminal, and the exit status."""

    def __init__(self, line, status):
        super(SetupError, self).__init__(line)
        self.line = line
        self.status = status


def main(arguments):
    refuse_an_old_python()
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__.strip())
    elif arguments[:1] == ["test"]:
        environment = Environment()
        environment.prepare(["test"])
        os.chdir(ROOT)  # where pytest looks for its settings
        become([environment.python, "-m", "pytest"] + arguments[1:])
    else:
        environment = Environment()
        environment.prepare([])
        become([environment.advisor, "demo", "--serve"] + arguments)


def refuse_an_old_python():
    if sys.version_info[:2] >= OLDEST:
        return
    line = "start.py needs Python %d.%d or newer; this is %d.%d.%d (%s)." % (
        OLDEST + tuple(sys.version_info[:3]) + (sys.executable,)
    )
    newer = next((name for name in NEWER if is_new_enough(name)), None)
    if newer:
        line += " Try: " + " ".join([newer] + sys.argv)
    raise SetupError(line, 2)


def is_new_enough(name):
    """Whether a Python of this name is on the PATH, runs, and is new enough."""
    question = "import sys; sys.exit(sys.version_info[:2] < (%d, %d))" % OLDEST
    with open(os.devnull, "r+") as nothing:
        try:
            return not subprocess.call(
                [name, "-c", question], stdin=nothing, stdout=nothing, stderr=nothing
            )
        except OSError:
            return False


# Only a Python that is new enough comes past this line.


class Environment(object):
    """The virtual environment, and the stamp in it that tells what was installed."""

    def __init__(self):
        chosen = os.environ.get("IL2_VENV")
        self.is_ours = not chosen
        self.folder = os.path.abspath(chosen) if chosen else os.path.join(ROOT, ".venv")
        self.python = self.program("python")
        self.advisor = self.program("il2-advisor")
        self.stamp = os.path.join(self.folder, "il2-advisor-installed.json")

    def __str__(self):
        inside = self.folder.startswith(ROOT + os.sep)
        return os.path.relpath(self.folder, ROOT) if inside else self.folder

    def program(self, name):
        if ON_WINDOWS:
            return os.path.join(self.folder, "Scripts", name + ".exe")
        return os.path.join(self.folder, "bin", name)

    def prepare(self, extras):
        """Make the environment and install into it, as far as that is not done already."""
        wanted = recipe(self.folder)
        if not self.works():
            tell("Setting up in %s (first time: about a minute) ..." % self)
            self.make()
        elif not self.has(wanted, extras):
            tell("Bringing %s up to date ..." % self)
        else:
            return
        # Without a stamp, an installation that is interrupted is done again.
        if os.path.exists(self.stamp):
            os.remove(self.stamp)
        self.install(extras)
        with open(self.stamp, "w") as file:
            json.dump({"recipe": wanted, "extras": extras}, file)

    def works(self):
        """Whether it is whole, and made by a Python of this version."""
        question = (
            "import sys, importlib.util as util;"
            "print('%d.%d' % sys.version_info[:2], util.find_spec('pip') is not None)"
        )
        try:
            status, answer = run([self.python, "-I", "-c", question])
        except OSError:
            return False
        return status == 0 and answer.split() == ["%d.%d" % sys.version_info[:2], "True"]

    def has(self, wanted, extras):
        """Whether the stamp says that the same was installed, with these extras."""
        try:
            with open(self.stamp) as file:
                installed = json.load(file)
            same = installed["recipe"] == wanted and set(extras) <= set(installed["extras"])
        except (OSError, ValueError, LookupError, TypeError):
            return False
        return same and os.path.exists(self.advisor)

    def make(self):
        """Make it anew, also in the place of a broken one."""
        if not (can_import("venv") and can_import("ensurepip")):
            raise no_venv()
        self.refuse_to_clear_what_is_not_ours()
        status, printed = run([sys.executable, "-m", "venv", "--clear", self.folder])
        if status == 0:
            return
        if "ensurepip" in printed:
            raise no_venv()
        show_the_end_of(printed)
        raise SetupError(
            "start.py could not make an environment in %s: its last lines are above."
            " IL2_VENV names another folder." % self.folder,
            1,
        )

    def refuse_to_clear_what_is_not_ours(self):
        """A mistake in IL2_VENV must not empty somebody's folder."""
        if os.path.isdir(self.folder):
            if self.is_ours or not os.listdir(self.folder):
                return
            if os.path.exists(os.path.join(self.folder, "pyvenv.cfg")):
                return
        elif not os.path.lexists(self.folder):
            return
        raise SetupError(
            "start.py leaves %s alone: it holds something else than a virtual environment."
            " Name another folder in IL2_VENV." % self.folder,
            2,
        )

    def install(self, extras):
        what = ".[%s]" % ",".join(extras) if extras else "."
        command = [self.python, "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "-c", "constraints.txt", "-e", what]
        status, printed = run(command)
        if status != 0:
            show_the_end_of(printed)
            raise SetupError(
                "start.py could not install the packages: pip's last lines are above."
                " The first start needs a network or a package index; then run it again.",
                1,
            )


def recipe(folder):
    """What an installation depends on, in one word: another word, and it is done again."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    # The places are in it because the environment holds them: a moved checkout is another one.
    digest.update(repr((sys.version_info[:2], ROOT, folder)).encode("utf-8", "replace"))
    return digest.hexdigest()


def can_import(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def no_venv():
    """Debian and its kin leave these two modules out of Python, for a package of their own."""
    return SetupError(
        "start.py needs Python's modules venv and ensurepip, and %s lacks them."
        " On Debian or Ubuntu: apt install python%d.%d-venv"
        % ((sys.executable,) + tuple(sys.version_info[:2])),
        2,
    )


def run(command):
    """The exit status of a command, and what it printed on either stream."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


def become(command):
    """Run a command in the place of this one."""
    sys.stdout.flush()
    if not ON_WINDOWS:
        os.execv(command[0], command)
    child = subprocess.Popen(command)  # execv would give the terminal back before the end
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:  # noqa: PERF203 - there is nothing to be fast for
            continue  # the child got it too, and ends in its own time


def tell(line):
    print(line)
    sys.stdout.flush()


def show_the_end_of(printed):
    for line in printed.strip().splitlines()[-15:]:
        print("  " + line, file=sys.stderr)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        print(error.line, file=sys.stderr)
        sys.exit(error.status)
    except KeyboardInterrupt:
        print("", file=sys.stderr)
        sys.exit(130)
