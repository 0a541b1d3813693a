"""
The sources behind the rules: one constant for each key of `evidence.md`, section 10.

`read` says what part of a source was really read; a claim beyond it is UNVERIFIED.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Citation:
    """A source, and the place in it (`at`)."""

    key: str
    title: str
    read: str
    url: str | None = None
    where: str = ""

    def at(self, where: str) -> "Citation":
        """The same source at a section, table or part."""
        return replace(self, where=where)

    @property
    def text(self) -> str:
        """`LBL24 section 4: Proleukin prescribing information …`."""
        return f"{self.key}{' ' + self.where if self.where else ''}: {self.title}"


LBL24 = Citation(
    "LBL24",
    "Proleukin (aldesleukin) US prescribing information, revised 2/2024",
    "boxed warning, sections 1, 2.1, 2.2, 2.4 (part), 4, 6 (part)",
    "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=f3c516ad-d405-4fbe-af6a-962080dbfa7d",
)
LBL19 = Citation(
    "LBL19",
    "Proleukin US prescribing information, older text (2019)",
    "boxed warning, contraindications, retreatment, overdosage, warnings on CNS and autoimmune",
    "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=4e2b687e-47f2-4f3c-80ab-e3224befffca",
)
SEED = Citation(
    "SEED",
    'News item "IL-2 therapy increases survival in patients with advanced melanoma" (2013)',
    "whole",
)
CHU13 = Citation(
    "CHU13",
    "Chu MB et al. Chemother Res Pract 2013;2013:726925 (Saint Louis University, n = 8)",
    "abstract, start of the introduction, table 1; methods and discussion not read",
    "https://doi.org/10.1155/2013/726925",
)
SD13 = Citation(
    "SD13",
    "ScienceDaily, 31 Jul 2013, New therapy improves life span in melanoma patients with brain "
    "metastases",
    "most",
    "https://www.sciencedaily.com/releases/2013/07/130731122920.htm",
)
PRO16 = Citation(
    "PRO16",
    "Chandar A et al. J Targeted Therapies in Cancer 2016;5(3) (PROCLAIM, brain metastases)",
    "abstract to responses, part of the methods",
)
GUI02 = Citation(
    "GUI02",
    "Guirguis LM et al. J Immunother 2002;25(1):82-87 (NCI 1985-2000)",
    "abstract, last sentence cut",
    "https://doi.org/10.1097/00002371-200201000-00009",
)
SARIS = Citation(
    "SARIS", "Saris SC et al. The effect of intravenous IL-2 on brain water content", "abstract"
)
UK20 = Citation(
    "UK20", "Proleukin, UK text, revision 2020 (kidney cancer)", "section 4.3, second hand"
)
MEDN = Citation("MEDN", "medicinenet.com, Proleukin, 2021 (SECONDARY)", "interactions")
RXR = Citation("RXR", "rxreasoner.com, aldesleukin precautions (SECONDARY)", "interactions")
DUT14 = Citation(
    "DUT14",
    "Dutcher JP et al. J Immunother Cancer 2014;2:26",
    "abstract, table 3, part of table 2; selection text not read",
    "https://doi.org/10.1186/s40425-014-0026-0",
)
ASCO23 = Citation(
    "ASCO23",
    "Systemic therapy for melanoma: ASCO guideline update. J Clin Oncol 2023;41(30):4794-4820",
    "abstract",
    "https://doi.org/10.1200/JCO.23.01136",
)
BCBST = Citation(
    "BCBST", "BlueCross BlueShield of Tennessee policy, aldesleukin (SECONDARY)", "criteria"
)
CM204F = Citation(
    "CM204F",
    "Tawbi HA et al. Lancet Oncol 2021;22(12):1692-1704 (CheckMate 204)",
    "abstract, cut",
    "https://doi.org/10.1016/S1470-2045(21)00545-3",
)
MBM22 = Citation(
    "MBM22",
    "Tan XL et al. Front Oncol 2022 (guidelines on melanoma brain metastases compared)",
    "abstract",
    "https://doi.org/10.3389/fonc.2022.885472",
)
MOD = Citation(
    "MOD",
    "NCT01702909 and its melanoma sister trial, moderate dose (registry mirrors)",
    "eligibility",
)
DRO_TIL = Citation(
    "DRO-TIL", "droracle.ai article 319104 on TIL therapy (machine-assisted, SECONDARY)", "part"
)

CH = Citation("CH", "Swiss Fachinformation 50581 (Proleukin), pregnancy chapter", "chapter")
DRUGS = Citation(
    "DRUGS",
    "drugs.com dosage pages, aldesleukin / Proleukin, Feb 2024 and earlier (SECONDARY)",
    "dosing",
)
SITC16 = Citation(
    "SITC16",
    "SITC kidney cancer consensus (2016)",
    "table 1",
    "https://doi.org/10.1186/s40425-016-0180-7",
)
DAV17 = Citation(
    "DAV17",
    "Davar D et al. J Immunother Cancer 2017",
    "abstract",
    "https://doi.org/10.1186/s40425-017-0279-5",
)
BUCH19 = Citation(
    "BUCH19",
    "Buchbinder EI et al. High-dose IL-2 following PD-1 or PD-L1 inhibition, J Immunother Cancer "
    "(year UNVERIFIED)",
    "abstract",
)
AMT24 = Citation(
    "AMT24",
    "Amtagvi (lifileucel) US prescribing information 2024 (read in pages that report it)",
    "contraindications, boxed warning, part of the warnings",
)
TIL24 = Citation(
    "TIL24",
    "Betof Warner A et al. J Immunother Cancer 2024;12:e008735",
    "abstract, table T2",
    "https://doi.org/10.1136/jitc-2023-008735",
)
TO26 = Citation(
    "TO26",
    "targetedonc.com, Walking through the TIL therapy process, 16 Jan 2026 (SECONDARY)",
    "part",
)


def _trial(number: str, what: str) -> Citation:
    return Citation(
        number,
        f"{number}, {what} (registry mirror)",
        "eligibility text, some cut",
        f"https://clinicaltrials.gov/study/{number}",
    )


NCT00003568 = _trial("NCT00003568", "melanoma; regimen not shown: UNVERIFIED")
NCT00020358 = _trial("NCT00020358", "NCI, IL-2 part")
NCT00003027 = _trial("NCT00003027", "melanoma; regimen not shown: UNVERIFIED")
NCT00002846 = _trial("NCT00002846", "kidney cancer, IL-2")
NCT00003126 = _trial("NCT00003126", "kidney cancer, adjuvant high-dose IL-2")
NCT00080977 = _trial("NCT00080977", "kidney cancer, high-dose IL-2")
