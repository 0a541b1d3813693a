"""Section G: blood."""

from rules import codes, units, work_ups
from rules.chart import Query
from rules.checks import AtLeast, Band, Limit
from rules.model import Basis, Criterion, Weight, proposed
from rules.sources import DUT14, NCT00003568, NCT00080977, UK20

PLATELETS = Criterion(
    id="platelets",
    group="haematology",
    question="Are platelets high enough?",
    short="platelets",
    shows_limit=True,
    headline="{fact} is outside what trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(
        NCT00003568.at("eligibility"),
        NCT00080977.at("eligibility"),
        UK20.at("4.3"),
        DUT14.at("table 3"),
    ),
    check=AtLeast(
        codes=codes.PLATELETS,
        query=Query.LABS,
        limit=Limit(units.PLATELETS, "100", "10*9/L"),
        window=proposed(7),
        bands=(Band(Limit(units.PLATELETS, "80", "10*9/L"), "some trials accepted"),),
    ),
    if_not_met="Trials read asked for 80 to 100, the UK text for 100.",
    work_up=work_ups.BLOOD_COUNT,
)

CRITERIA = (PLATELETS,)
