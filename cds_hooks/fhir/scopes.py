"""
Scopes of SMART App Launch, versions 1 and 2: which of them a token that is refused lacks.

They only tell why. What is asked of a server does not depend on them (FHR-5), and nothing that an
EHR or a server writes is repeated unless it is a scope for a resource that FHIR R4 has.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cds_hooks.fhir import strict

REFUSED: Final = frozenset({401, 403})

_ANY: Final = "*"
_MOST_NAMED: Final = 3
_NAMED: Final = re.compile(r'\bscope\s*=\s*"([^"]*)"', re.IGNORECASE)
_FORM: Final = re.compile(
    r"(?P<whose>patient|user|system)/(?P<type>[A-Za-z]{3,40}|\*)"
    r"\.(?P<rights>read|write|\*|(?=[cruds])c?r?u?d?s?)"
)
_VERSION_1: Final = {"read": "rs", "write": "cud", _ANY: "cruds"}


@dataclass(frozen=True, slots=True)
class _Scope:
    whose: str
    type: str
    rights: str

    def covers(self, type_name: str, letters: str) -> bool:
        """Whether it allows this, by the letters of version 2."""
        own = _VERSION_1.get(self.rights, self.rights)
        return self.type in (type_name, _ANY) and set(letters) <= set(own)

    def __str__(self) -> str:
        return f"{self.whose}/{self.type}.{self.rights}"


def named(challenge: str) -> tuple[str, ...]:
    """Those that a server asks for, in its header WWW-Authenticate."""
    told = (scope for words in _NAMED.findall(challenge) for scope in _scopes(words))
    return tuple(dict.fromkeys(map(str, told)))


def needed(type_name: str, *, is_search: bool, granted: str = "") -> str:
    """The one that reads a type, in the form of those granted; else as version 2 has it."""
    like = next(iter(_scopes(granted)), None)
    whose = like.whose if like else "patient"
    in_version_1 = like is not None and like.rights in _VERSION_1
    rights = "read" if in_version_1 else "rs" if is_search else "r"
    return f"{whose}/{type_name}.{rights}"


def lacking(
    granted: str | None, asked_for: Sequence[str], type_name: str | None, *, is_search: bool
) -> tuple[str, ...]:
    """
    What a token lacks for a query that was refused; empty: it cannot be told.

    `granted`: the scopes told with the token, None if none are. `asked_for`: by the server, which
    knows better. `type_name`: None where it is not known.
    """
    own = _scopes(granted or "")
    others = [scope for one in asked_for for scope in _scopes(one) if not _holds(own, scope)]
    if others:
        return tuple(map(str, others))[:_MOST_NAMED]
    if granted is None or type_name is None:
        return ()
    letters = "rs" if is_search else "r"
    if any(one.covers(type_name, letters) for one in own) or _may_mean(granted, type_name, own):
        return ()
    return (needed(type_name, is_search=is_search, granted=granted),)


def _holds(own: Sequence[_Scope], other: _Scope) -> bool:
    letters = _VERSION_1.get(other.rights, other.rights)
    return any(one.whose == other.whose and one.covers(other.type, letters) for one in own)


def _may_mean(granted: str, type_name: str, own: Sequence[_Scope]) -> bool:
    """Whether a scope in a form of its own speaks of this type: what it grants is not known."""
    known = {str(one) for one in own}
    signs = (f"/{type_name}.", f"/{_ANY}.")
    return any(
        sign in word and word.partition("?")[0] not in known
        for word in granted.split()
        for sign in signs
    )


def _scopes(words: str) -> list[_Scope]:
    """The scopes for resources; what narrows one (`?category=…`) is left out."""
    known = frozenset(strict.models()["resources"]) | {_ANY}
    forms = (_FORM.fullmatch(word.partition("?")[0]) for word in words.split())
    return [_Scope(**form.groupdict()) for form in forms if form and form["type"] in known]
