"""
A mutation run: small faults are put into the rules, and the tests have to notice each of them.

    pip install -e '.[test,mutation]'
    python -m tests.mutation.run --minutes 60 --processes 2

Mutates `checks`, `select`, `values`, `units`, `assess`, `settle` and a seeded sample of the
criteria, each mutant in a copy of the checkout, and runs the tests that are about the module until
the first one fails. What survives is written to `survivors.md` beside this file, where each
survivor keeps its reason. `--again` tries only the survivors of that report, against the tests of
today, and counts those that are killed now to the others.
"""

import argparse
import ast
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
REPORT: Final = Path(__file__).with_name("survivors.md")
CORE: Final = ("checks", "select", "values", "units", "assess", "settle")
SEED: Final = 20261124
SLOWEST_SECONDS: Final = 300  # a mutant that runs longer than this hangs

# Mutants that prove nothing: `int | None` with another operator fails on import, as does a
# dataclass without its decorator; members of an enum are equal just where they are the same; the
# flags of a dataclass guard against writing, and mypy finds who writes.
_LEFT_OUT: Final = re.compile(
    r"core/(?:ReplaceBinaryOperator_BitOr_|RemoveDecorator"
    r"|ReplaceComparisonOperator_(?:Is_Eq|IsNot_NotEq)$)"
)

# What is about a core module is tried first; the tables of the criteria come after it.
_FIRST: Final = {
    "checks": ("tests/criteria/test_creatinine_acceptable.py", "tests/criteria/test_platelets.py"),
    "select": ("tests/rules/test_select.py", "tests/criteria/test_creatinine_acceptable.py"),
    "units": ("tests/rules/test_units.py",),
    "values": (
        "tests/criteria/test_haemoglobin.py",
        "tests/criteria/test_creatinine_acceptable.py",
    ),
    "assess": ("tests/criteria/test_overall_status.py", "tests/golden"),
    "settle": ("tests/rules/test_settle.py",),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: where it is, how it reads, and the whole source with it."""

    module: str  # path below the checkout
    line: int
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """How the report names it; line numbers move, the text stays."""
        return f"{self.module}: `{self.before}` → `{self.after}`"


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a module that cosmic-ray's operators make."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    source = path.read_text(encoding="utf-8")
    nodes = list(ast_nodes(get_ast(source)))
    for name in sorted(operator_names()):
        kind = get_operator(name)
        if _LEFT_OUT.match(name) or kind.arguments():
            continue
        count = sum(len(list(kind().mutation_positions(node))) for node in nodes)
        for occurrence in range(count):
            mutated = mutate_code(source, kind(), occurrence)
            if mutated is None or not _differs(source, mutated):
                continue
            mutant = _described(path, source, mutated)
            if not mutant.before.startswith("@dataclass("):
                yield mutant


def _differs(source: str, mutated: str) -> bool:
    """Whether a mutant can be parsed and is another program, docstrings aside."""
    try:
        return ast.dump(ast.parse(source)) != ast.dump(ast.parse(mutated))
    except SyntaxError:
        return False


def _described(path: Path, source: str, mutated: str) -> Mutant:
    old, new = source.splitlines(), mutated.splitlines()
    line = next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    last = len(old) - len(new) + line + 1
    before = " ".join(old[line : max(last, line + 1)]).strip()
    after = new[line].strip() if line < len(new) else ""
    return Mutant(str(path.relative_to(ROOT)), line + 1, before, after, mutated)


@cache
def _rows_in(module: str) -> tuple[str, ...]:
    """The ids of the criteria that a module defines."""
    return tuple(re.findall(r'^    id="([a-z0-9-]+)"', (ROOT / module).read_text("utf-8"), re.M))


def tests_for(module: str) -> tuple[str, ...]:
    """The tests that are about a module, those that fail soonest first."""
    name = Path(module).stem
    if name in CORE:
        return (*_FIRST[name], "tests/rules", "tests/criteria")
    own = [f"tests/criteria/test_{row.replace('-', '_')}.py" for row in _rows_in(module)]
    more = ["tests/criteria/test_doubt_is_kept.py", "tests/criteria/test_boundary_table.py"]
    facts = ["tests/rules/test_every_criterion.py"]
    return tuple(one for one in (*own, *more, *facts) if (ROOT / one).exists())


@dataclass(slots=True)
class Tally:
    """How the mutants ended."""

    killed: Counter[str]
    survived: list[Mutant]
    not_run: int = 0


def _is_killed(mutant: Mutant, copy: Path) -> bool:
    target = copy / mutant.module
    original = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header"]
    try:
        done = subprocess.run(
            [*command, *tests_for(mutant.module)],
            cwd=copy,
            env={"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SLOWEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        target.write_text(original, encoding="utf-8")
    return done.returncode != 0


def run(mutants: Sequence[Mutant], tally: Tally, processes: int, minutes: float) -> None:
    """Try each mutant until the time is up, and count them."""
    give_up = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(processes):
            copy = Path(folder) / str(number)
            leave = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".mypy_cache", "dist")
            shutil.copytree(ROOT, copy, ignore=leave)
            copies.put(copy)

        def attempt(mutant: Mutant) -> None:
            if time.monotonic() > give_up:
                tally.not_run += 1
                return
            copy = copies.get()
            try:
                if _is_killed(mutant, copy):
                    tally.killed[mutant.module] += 1
                else:
                    tally.survived.append(mutant)
                    print(f"survived  {mutant.module}:{mutant.line}  {mutant.before}")
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(attempt, mutants))


def sample(of_each: int, of_criteria: int) -> list[Mutant]:
    """The same mutants for the same code: shuffled with a fixed seed, then the first of them."""
    chooser = random.Random(SEED)  # noqa: S311 - a sample, no secret
    chosen: list[Mutant] = []
    for name in CORE:
        found = list(mutants_of(ROOT / "rules" / f"{name}.py"))
        chooser.shuffle(found)
        chosen += found[:of_each]
    rows = [
        mutant
        for path in sorted((ROOT / "rules" / "criteria").glob("[a-z]*.py"))
        for mutant in mutants_of(path)
    ]
    chooser.shuffle(rows)
    chosen += rows[:of_criteria]
    chooser.shuffle(chosen)  # so that a run that is cut short is a sample too
    return chosen


_UNKNOWN: Final = "not looked at yet"
_SURVIVOR: Final = re.compile(r"^- (rules/\S+: `.*` → `.*`)\n  (.+)$", re.M)
_AGAIN: Final = ", the survivors tried again with `--again` after tests were added"


def reasons(report: str) -> dict[str, str]:
    """The reasons that a report already holds, by the survivor's key."""
    return {key: reason for key, reason in _SURVIVOR.findall(report) if reason != _UNKNOWN}


def again(before: str) -> tuple[list[Mutant], Tally]:
    """The survivors of a report that can still be made, and what it counts as killed."""
    rows = re.findall(r"^\| `(rules/\S+)` \| (\d+) \| \d+ \|$", before, re.M)
    left = re.search(r"; (\d+) more were not tried", before)
    killed = Counter({module: int(number) for module, number in rows})
    tally = Tally(killed, [], int(left[1]) if left else 0)
    keys = {key for key, _ in _SURVIVOR.findall(before)}
    paths = sorted({ROOT / key.split(":", 1)[0] for key in keys})
    return [m for path in paths for m in mutants_of(path) if m.key in keys], tally


def report(tally: Tally, known: dict[str, str], how: str) -> str:
    """The report: figures, then every survivor with its reason."""
    survived = Counter(one.module for one in tally.survived)
    modules = sorted({*tally.killed, *survived})
    killed, tried = tally.killed.total(), tally.killed.total() + len(tally.survived)
    lines = [
        "# Mutation run",
        "",
        f"{how}; seed {SEED}.",
        f"**{killed} of {tried} mutants killed ({100 * killed / tried:.1f} %)**"
        + (f"; {tally.not_run} more were not tried for want of time." if tally.not_run else "."),
        "",
        "| module | killed | tried |",
        "|---|---|---|",
        *(f"| `{m}` | {tally.killed[m]} | {tally.killed[m] + survived[m]} |" for m in modules),
        "",
        "## Survivors, and why each may live",
        "",
    ]
    for one in sorted(tally.survived, key=lambda m: (m.module, m.line)):
        lines += [f"- {one.key}", f"  {known.get(one.key, _UNKNOWN)}"]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, write the report, and fail below 90 %."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.run", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--each", type=int, default=80, help="mutants of each core module")
    parser.add_argument("--criteria", type=int, default=160, help="mutants of all the criteria")
    parser.add_argument("--again", action="store_true", help="only the survivors of the report")
    told: Any = parser.parse_args()
    before = REPORT.read_text("utf-8") if REPORT.exists() else ""
    if told.again:
        chosen, tally = again(before)
        how = before.splitlines()[2].rsplit("; seed", 1)[0].removesuffix(_AGAIN) + _AGAIN
    else:
        chosen, tally = sample(told.each, told.criteria), Tally(Counter(), [])
        how = f"`python -m tests.mutation.run --each {told.each} --criteria {told.criteria}`"
    print(f"{len(chosen)} mutants")
    run(chosen, tally, told.processes, told.minutes)
    made = report(tally, reasons(before), how)
    REPORT.write_text(made, encoding="utf-8")
    print(made.splitlines()[3])
    killed = tally.killed.total()
    return 0 if killed >= 0.9 * (killed + len(tally.survived)) else 1


if __name__ == "__main__":
    sys.exit(main())
