"""
Writes what FHIR R4 allows in the resources that are read: `cds_hooks/fhir/elements.json`.

    python -m tests.elements           writes the file
    python -m tests.elements --check   only tells whether it is current; exit code 1 if it is not

It is read off the models of fhir.resources (R4B, which for these resources is R4), so that a
resource can be held against them without their cost.
"""

import json
import sys
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from fhir.resources.R4B import fhirtypes, get_fhir_model_class
from fhir_core.constraints import FHIR_PRIMITIVES_MAPS
from fhir_core.types import FhirBase

from cds_hooks.fhir import resources

FILE: Final = Path(__file__).parents[1] / "cds_hooks" / "fhir" / "elements.json"
# taken apart by the reader itself, never held against R4 as a whole
_NOT_CHECKED: Final = frozenset({"Bundle", "OperationOutcome"})
_COMMENTS: Final = "fhir_comments"  # of the models, not of FHIR


def _parts(hint: Any) -> tuple[Any, bool]:
    """What an element holds, and whether it is a list."""
    while typing.get_origin(hint) is not None and hint not in FHIR_PRIMITIVES_MAPS:
        if typing.get_origin(hint) is list:
            return _parts(typing.get_args(hint)[0])[0], True
        (hint,) = [one for one in typing.get_args(hint) if one is not type(None)]
    return hint, False


def _elements(model: Any) -> Iterator[tuple[str, str]]:
    """
    Name → type; `*` after it: a list, `!`: required, `~`: a primitive without an extension.

    The extension of a primitive, `_name`, is left out: each has one but those.
    """
    hints = typing.get_type_hints(model, include_extras=True)
    required = {name for name, _ in model.get_required_fields(None)}
    aliases = {found.alias for found in model.model_fields.values()}
    for name, found in sorted(model.model_fields.items()):
        if name == _COMMENTS:
            continue
        kind, is_list = _parts(hints[name])
        if kind in FHIR_PRIMITIVES_MAPS:
            called = FHIR_PRIMITIVES_MAPS[kind]
        else:
            called = kind.get_model_klass().__name__
        alias = found.alias or name
        if alias.startswith("_"):
            continue
        is_required = found.is_required() or alias in required
        # R4 lets the value of an Extension have one too, the models do not
        is_bare = f"_{alias}" not in aliases and called[0].islower() and alias[:5] != "value"
        yield alias, called + "*" * is_list + "!" * is_required + "~" * is_bare


def _type(model: Any) -> dict[str, Any]:
    """One type: its elements, and which of them are forms of one value."""
    fields = model.model_fields
    choices = {}
    for name, forms in sorted(model.get_one_of_many_fields(None).items()):
        is_required = fields[forms[0]].json_schema_extra["one_of_many_required"]
        choices[name + "!" * is_required] = [fields[form].alias or form for form in forms]
    made: dict[str, Any] = {"elements": dict(_elements(model))}
    return made | ({"choices": choices} if choices else {})


def _used(made: dict[str, Any]) -> Iterator[str]:
    for kind in made["elements"].values():
        name = kind.rstrip("*!~")
        if name[0].isupper() and name != "Resource":
            yield name


def _resource_names() -> list[str]:
    """Every type of resource that R4 knows."""
    found = []
    for name in dir(fhirtypes):
        made = getattr(fhirtypes, name)
        if name.endswith("Type") and isinstance(made, type) and issubclass(made, FhirBase):
            model = made.get_model_klass()
            if model.has_resource_base() and model.__name__ not in ("Resource", "DomainResource"):
                found.append(model.__name__)
    return sorted(found)


def text() -> str:
    """What the file must hold: a line for each type."""
    types: dict[str, dict[str, Any]] = {}
    wanted = [*sorted(resources.READ_TYPES - _NOT_CHECKED), "FHIRPrimitiveExtension"]
    while wanted:
        name = wanted.pop()
        if name not in types:
            types[name] = _type(get_fhir_model_class(name))
            wanted += _used(types[name])
    lines = [f"  {json.dumps(name)}: {json.dumps(types[name])}" for name in sorted(types)]
    names = json.dumps(_resource_names())
    return '{"resources": ' + names + ',\n"types": {\n' + ",\n".join(lines) + "\n}}\n"


def main(arguments: Sequence[str]) -> int:
    """Write the file, or with --check only tell."""
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text():
        return 0
    sys.stdout.write(f"{FILE.name}\n")
    if "--check" in arguments:
        return 1
    FILE.write_text(text(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
