"""A number of a rule with its unit, and whether it is our proposal."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from rules.units import Analyte, limit


class Bound(Enum):
    """On which side of a limit the favourable values are."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Limit:
    """
    A number of a rule with its unit; `value` in the analyte's canonical unit.

    `proposed`: the number is our proposal (P), and favourable values are at least or at most
    that; only such a number may be set by a site. None: it is a source's.
    """

    analyte: Analyte
    number: str
    unit: str
    proposed: Bound | None = None
    is_site: bool = False

    def __post_init__(self) -> None:
        """Fails on import if the unit does not fit the analyte."""
        limit(self.analyte, self.number, self.unit)

    @property
    def value(self) -> Fraction:
        """The number, exact."""
        return limit(self.analyte, self.number, self.unit)

    @property
    def text(self) -> str:
        """`1.5 mg/dL`; a site's number says so."""
        return f"{self.number} {self.unit}{' (site)' if self.is_site else ''}"

    def is_stricter(self, than: "Limit") -> bool:
        """Whether fewer values are favourable; of the same bound only."""
        if self.proposed is Bound.AT_LEAST:
            return self.value > than.value
        return self.value < than.value
