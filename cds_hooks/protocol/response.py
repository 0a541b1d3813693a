"""
Cards as CDS Hooks 2.0.1 wants them: built and checked by pydantic, empty elements left out.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_Text = Field(min_length=1)


class _Element(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Coding(_Element):
    """A code with its system (COD-1); override reasons need the display (OVR-1)."""

    system: str = _Text
    code: str = _Text
    display: str = _Text


class Source(_Element):
    """Where the advice comes from (SRC-1, SRC-2, SRC-4)."""

    label: str = _Text
    url: str = Field(pattern=r"^https?://")
    topic: Coding


class Link(_Element):
    """A link that is opened as it is (LNK-1 to LNK-3)."""

    label: str = _Text
    url: str = Field(pattern=r"^https?://")
    type: Literal["absolute"] = "absolute"


class CreateAction(_Element):
    """A draft to create (ACT-1 to ACT-3)."""

    type: Literal["create"] = "create"
    description: str = _Text
    resource: dict[str, Any]


class UpdateAction(_Element):
    """A resource as it is to be: the whole of it (ACT-4)."""

    type: Literal["update"] = "update"
    description: str = _Text
    resource: dict[str, Any]


class DeleteAction(_Element):
    """A resource to delete, by its relative id (ACT-5)."""

    type: Literal["delete"] = "delete"
    description: str = _Text
    resourceId: str = Field(pattern=r"^[A-Za-z]+/[A-Za-z0-9\-.]{1,64}$")  # noqa: N815


class Suggestion(_Element):
    """Actions that go together (SUG-1 to SUG-4)."""

    label: str = _Text
    uuid: str
    actions: Sequence[CreateAction | UpdateAction | DeleteAction] = Field(min_length=1)


class Card(_Element):
    """One card (CRD-3 to CRD-9)."""

    uuid: str
    # "under 140 characters" (CRD-4), one line
    summary: str = Field(min_length=1, max_length=139, pattern=r"^[^\n\r]+$")
    detail: str = _Text
    indicator: Literal["info", "warning", "critical"]
    source: Source
    suggestions: list[Suggestion] | None = None
    selectionBehavior: Literal["at-most-one", "any"] | None = None  # noqa: N815 - CDS Hooks' name
    overrideReasons: list[Coding] = Field(min_length=1)  # noqa: N815
    links: list[Link] = Field(min_length=1)
    extension: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The card without elements that have no value (GEN-2 to GEN-4)."""
        return self.model_dump(mode="json", exclude_none=True)
