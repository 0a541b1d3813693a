"""
A site's own codes, and the value sets that they stand for.

A local code adds a meaning to a code that the rule book does not know. It never changes one that
it knows, and never stands for a look-alike, which would speak against a finding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rules import codes
from rules.codes import Code, Use, ValueSet

# What units.csv measures → the set of its codes.
ANALYTE_SETS: Mapping[str, ValueSet] = {
    "ALT": codes.ALT,
    "AST": codes.AST,
    "bilirubin total": codes.BILIRUBIN,
    "body temperature": codes.TEMPERATURE,
    "body weight": codes.WEIGHT,
    "creatinine": codes.CREATININE,
    "creatinine clearance": codes.CREATININE_CLEARANCE,
    "ECOG": codes.ECOG,
    "FEV1": codes.FEV1,
    "FEV1 percent predicted": codes.FEV1_PERCENT,
    "Glasgow coma score": codes.GLASGOW,
    "haemoglobin": codes.HAEMOGLOBIN,
    "Karnofsky": codes.KARNOFSKY,
    "LDH": codes.LDH,
    "leukocytes": codes.LEUKOCYTES,
    "LVEF": codes.LVEF,
    "neutrophils absolute": codes.NEUTROPHILS,
    "PaO2": codes.PAO2,
    "platelets": codes.PLATELETS,
    "potassium": codes.POTASSIUM,
    "sodium": codes.SODIUM,
    "SpO2": codes.SPO2,
    "tumour size": codes.TUMOUR_SIZE,
}
# Sets whose members are told apart by their own codes (systolic and diastolic, flow and
# fraction, INR and aPTT): a local code would say too little.
_TOO_WIDE = frozenset({codes.BLOOD_PRESSURE.name, codes.OXYGEN_THERAPY.name, codes.INR.name})

_USES = (Use.DECIDES, Use.ASKS, Use.NEVER)


@dataclass(frozen=True)
class LocalCode:
    """
    A code of a site, and the set it stands for; `answer`: which answer of that set.

    `number`: the how manieth it is in the policy, to name it.
    """

    system: str
    code: str
    means: str
    answer: str = ""
    display: str = ""
    number: int = 1

    @property
    def place(self) -> str:
        """Where it stands in the policy."""
        return f"local_codes[{self.number}]"

    @cached_property
    def key(self) -> tuple[str, str]:
        """System and code in the form of the tables, as codings of the chart are compared."""
        own = codes.coding(self.system, self.code)
        return own.system, own.code

    @property
    def row(self) -> Code:
        """The same as a row of codes.csv."""
        system, code = self.key
        members = [c for c in ValueSet(self.means).codes if c.means == self.answer or not c.means]
        use = min((c.use for c in members), key=_USES.index)
        return Code(
            value_set=self.means,
            system=system,
            code=code,
            written=self.code,
            display=self.display,
            is_prefix=False,
            use=use,
            means=self.answer,
        )

    @property
    def fault(self) -> str | None:
        """Why it cannot be used, and what to do; None: it can."""
        listed = codes.listed(codes.coding(self.system, self.code))
        if listed:
            names = ", ".join(sorted({c.value_set for c in listed}))
            return f"this code is in the rule book already ({names}) and keeps its meaning there"
        if codes.speaks_against(self.means):
            return (
                f"{self.means} is a set of look-alikes or of diseases in remission, which speaks "
                "against a finding: leave the code out, an unknown code says nothing"
            )
        if self.means in _TOO_WIDE:
            return (
                f"the codes of {self.means} are told apart one by one, so a local code would say "
                "too little: send the standard code beside it"
            )
        answers = sorted({c.means for c in ValueSet(self.means).codes if c.means})
        if answers and self.answer not in answers:
            return f"which answer of {self.means}? add answer: one of {', '.join(answers)}"
        if self.answer and not answers:
            return f"the codes of {self.means} are no answers: leave answer out"
        return None


# A site's codes as the reader of a chart looks them up: (system, code) → what they stand for.
LocalRows = Mapping[tuple[str, str], tuple[Code, ...]]


def rows_of(local: Iterable[LocalCode]) -> LocalRows:
    """The rows of all local codes, by system and code."""
    found: dict[tuple[str, str], tuple[Code, ...]] = {}
    for one in local:
        found[one.key] = (*found.get(one.key, ()), one.row)
    return found


def is_read(name: str) -> bool:
    """Whether any rule names the set: each that does is a constant of `rules.codes`."""
    named = {one.name for one in vars(codes).values() if isinstance(one, ValueSet)}
    return name in named and not name.startswith("orderable-")
