"""
Which value sets a criterion can look for.

`Check.reads` says what is asked of the EHR. Of Conditions, procedures and medicines everything is
asked for, so the sets of such rows stand only in the fields and the code of their checks. Here
they are read off both, for the rule book and for `check-mapping`: nobody keeps a list by hand.
"""

import dis
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, lru_cache
from types import CodeType, FunctionType, MethodType, ModuleType

from rules.codes import ValueSet
from rules.model import Criterion

_OWN = ("rules.criteria", "rules.checks")


@dataclass(frozen=True, slots=True)
class Reached:
    """The sets that a row names itself, and those it reaches by facts that rows share."""

    own: tuple[ValueSet, ...]
    shared: tuple[ValueSet, ...]

    @property
    def all(self) -> tuple[ValueSet, ...]:
        """Both."""
        return self.own + self.shared


@lru_cache(maxsize=1024)  # the rows of a few policies
def value_sets(of: Criterion) -> Reached:
    """The value sets of a criterion, each once, in the order in which its code names them."""
    own = {one: None for _, one in sorted(of.check.reads, key=str) if one is not None}
    shared: dict[ValueSet, None] = {}
    seen: set[int] = set()
    for start in (of.check, of.only_if):
        for found, is_own in _sets(start, seen, is_own=True):
            (own if is_own else shared)[found] = None
    return Reached(tuple(own), tuple(one for one in shared if one not in own))


def value_sets_of(*things: object) -> frozenset[ValueSet]:
    """The value sets that functions or values of `rules` can look for."""
    seen: set[int] = set()
    return frozenset(found for one in things for found, _ in _sets(one, seen, is_own=True))


def _sets(found: object, seen: set[int], *, is_own: bool) -> Iterator[tuple[ValueSet, bool]]:
    """The sets in a value, or named by the code of a function, a class or a check."""
    if isinstance(found, ValueSet):
        yield found, is_own
        return
    parts: Iterator[object]
    if isinstance(found, Mapping):
        parts = iter((*found, *found.values()))
    elif isinstance(found, tuple | list | set | frozenset):
        parts = iter(found)
    else:
        thing = _bare(found)
        module = getattr(thing, "__module__", None) or ""
        if not module.startswith("rules") or id(thing) in seen:
            return
        seen.add(id(thing))
        is_own = is_own and module.startswith(_OWN)
        parts = _parts(thing)
    for part in parts:
        yield from _sets(part, seen, is_own=is_own)


def _bare(found: object) -> object:
    """The function behind a property or a bound method."""
    if isinstance(found, property):
        return found.fget
    return found.__func__ if isinstance(found, MethodType) else found


def _parts(thing: object) -> Iterator[object]:
    if isinstance(thing, FunctionType):
        yield from _called(thing)
    elif isinstance(thing, type):
        yield from (v for v in vars(thing).values() if isinstance(v, FunctionType | property))
    elif is_dataclass(thing):
        yield from (getattr(thing, one.name) for one in fields(thing))
        kind: type = type(thing)
        yield from kind.mro()


@cache
def _called(function: FunctionType) -> tuple[object, ...]:
    """What a function calls by a global name (`lesions`, `codes.LVEF`), and its defaults."""
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return (*_named(function.__code__, function.__globals__), *defaults)


def _named(code: CodeType, names: Mapping[str, object]) -> Iterator[object]:
    module: ModuleType | None = None
    for step in dis.get_instructions(code):
        if module is not None and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            yield getattr(module, step.argval)
        module = None
        if step.opname == "LOAD_GLOBAL":
            found = names.get(step.argval)
            if isinstance(found, ModuleType):
                module = found
            else:
                yield found
        elif isinstance(step.argval, CodeType):
            yield from _named(step.argval, names)
