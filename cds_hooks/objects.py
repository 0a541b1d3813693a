"""JSON objects by their fields, each still as bytes; one that names a field twice is told."""

from collections.abc import Mapping

import msgspec
from msgspec import Raw


class NamedTwice(Exception):
    """Two fields of an object have one name; which of them is meant cannot be told."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(first, second)
        self.first = first  # the how-manieth field; its name is the sender's word
        self.second = second


class _Name(str):
    """The name of a field, equal to no other: so a dict keeps a field that is named twice."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__


def _name(_: type, read: str) -> _Name:
    return _Name(read)


_fields = msgspec.json.Decoder(dict[_Name, Raw], dec_hook=_name)


def fields(raw: bytes | Raw) -> Mapping[str, Raw]:
    """
    The fields of an object.

    `NamedTwice`; `msgspec.ValidationError` if it is no object, and what msgspec and Python raise
    if it is no JSON or nested too deeply.
    """
    named = _fields.decode(raw)
    found = {str(name): value for name, value in named.items()}
    if len(found) < len(named):
        place: dict[str, int] = {}
        for number, name in enumerate(map(str, named), 1):
            if (first := place.setdefault(name, number)) != number:
                raise NamedTwice(first, number)
    return found
