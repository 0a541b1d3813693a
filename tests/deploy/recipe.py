"""The Containerfile, read: its stages, and their instructions in order."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CONTAINERFILE: Final = ROOT / "Containerfile"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `COPY --from=build /a /b`."""

    name: str
    flags: tuple[str, ...]
    value: str

    @property
    def words(self) -> Sequence[str]:
        """Its words: those of a list in JSON, or as a shell would split them."""
        if self.value.startswith("["):
            listed: list[str] = json.loads(self.value)
            return listed
        return shlex.split(self.value)

    @property
    def pairs(self) -> dict[str, str]:
        """NAME=VALUE of an ENV, LABEL or ARG."""
        return {name: value for name, _, value in (word.partition("=") for word in self.words)}

    @property
    def health(self) -> Sequence[str]:
        """What a HEALTHCHECK runs."""
        kind, _, command = self.value.partition(" ")
        assert kind == "CMD"
        return Instruction("CMD", (), command.strip()).words


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands from one FROM to the next."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def all(self, name: str) -> Sequence[Instruction]:
        """The instructions of a kind."""
        return [one for one in self.instructions if one.name == name]

    def the(self, name: str) -> Instruction:
        """The only one of its kind."""
        (found,) = self.all(name)
        return found


def stages() -> Sequence[Stage]:
    """The stages of the Containerfile."""
    found: list[Stage] = []
    for one in _instructions(CONTAINERFILE.read_text(encoding="utf-8")):
        if one.name == "FROM":
            base, *named = one.value.split()
            found.append(Stage(base, named[1] if named else "", ()))
        else:
            last = found[-1]
            found[-1] = Stage(last.base, last.name, (*last.instructions, one))
    return found


def _instructions(text: str) -> Iterator[Instruction]:
    kept = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in "\n".join(kept).replace("\\\n", " ").splitlines():
        name, *rest = line.split(maxsplit=1)
        value = rest[0].strip()
        flags = []
        while value.startswith("--"):
            flag, _, value = value.partition(" ")
            flags.append(flag)
            value = value.strip()
        yield Instruction(name, tuple(flags), value)
