"""The rule book as text, JSON and CSV, and the words that all its forms share."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import TypeVar

from cds_hooks.cards.words import limit_words
from cds_hooks.report import citations, window_words
from rules import book
from rules.assess import KNOWLEDGE_VERSION
from rules.book import Entry, Example
from rules.chart import Query
from rules.codes import Code, ValueSet
from rules.model import SWITCHED_OFF
from rules.reviews import NOT_YET, Review
from rules.site_rules import PUBLISHED, SiteRules
from rules.sources import Citation

# What people call the code systems; FHIR's own lists go by their last word.
SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://www.whocc.no/atc": "ATC",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://terminology.hl7.org/CodeSystem/icd9cm": "ICD-9-CM",
    "http://www.cms.gov/Medicare/Coding/ICD10": "ICD-10-PCS",
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "HCPCS",
    "http://hl7.org/fhir/sid/ndc": "NDC",
    "http://cancerstaging.org": "AJCC",
    "https://www.cdc.gov/nhsn/cdaportal/terminology/codesystem/hsloc.html": "HSLOC",
}


EXAMPLES = (
    "The examples are invented charts as of 24 November 2026; what stands beside them is what the "
    "program answered when the rule book was made."
)


def system_name(system: str) -> str:
    """What people call a code system."""
    return SYSTEMS.get(system, system.rstrip("/").rsplit("/", 1)[-1])


def code_text(code: Code) -> str:
    """`LOINC 2160-0`; with `…` where every code that begins so counts."""
    return f"{system_name(code.system)} {code.written}{'…' if code.is_prefix else ''}"


_Word = TypeVar("_Word", bound=Enum | str)


def meanings(words: Mapping[_Word, str]) -> tuple[tuple[str, str], ...]:
    """The words of the rule book as they are printed, with what they mean."""
    return tuple(
        (word.value if isinstance(word, Enum) else word, means) for word, means in words.items()
    )


def queries(entry: Entry) -> tuple[Query, ...]:
    """What a row asks of the EHR, in the order of the prefetch."""
    read = {query for query, _ in entry.criterion.check.reads}
    return tuple(query for query in Query if query in read)


def review_words(entry: Entry, on: date | None = None) -> str:
    """Who reviewed the row, or that nobody has; with a day, whether that has expired by then."""
    return "; ".join(one.text(on) for one in entry.reviews) or NOT_YET


def how_many_reviewed(entries: Sequence[Entry]) -> str:
    """`2 of 25 rows reviewed by clinicians`."""
    done = sum(bool(one.reviews) for one in entries)
    reviewed = f"{done} of {len(entries)} rows reviewed by clinicians"
    return reviewed if done else "none has been reviewed by clinicians yet"


def as_text(entries: Sequence[Entry], on: date) -> Iterator[str]:
    """For a terminal: what each row asks, its limit, windows, sources, doubts and review."""
    yield (
        f"Rule book {KNOWLEDGE_VERSION}: {len(entries)} rows; "
        f"{how_many_reviewed(entries)}. (proposed): our limit or window, awaiting review."
    )
    for entry in entries:
        one = entry.criterion
        window = window_words(one)
        yield ""
        off = f"; {SWITCHED_OFF}" if one.is_off else ""
        yield f"{one.id} [{one.weight.value}; {', '.join(b.value for b in one.basis)}]{off}"
        yield f"  {one.question}"
        yield f"  {limit_words(one)}{f'; window: {window}' if window else ''}"
        yield from (f"  - {s.text}{f' <{s.url}>' if s.url else ''}" for s in one.sources)
        yield from (f"  ! {doubt}" for doubt in one.doubts)
        yield f"  {review_words(entry, on)}"


# --- JSON -------------------------------------------------------------------------------------


def as_json(entries: Sequence[Entry], on: date, rules: SiteRules = PUBLISHED) -> dict[str, object]:
    """All of it, and the policy in force; the value sets once, by name."""
    used = book.used_sets(entries)
    belonging = {s.value_set: () for one in used for s in book.siblings(one)}
    return {
        "knowledgeVersion": KNOWLEDGE_VERSION,
        "policy": "site" if rules.stamp.is_site else "default",
        "policyHash": rules.hash,
        "complete": not any(one.criterion.is_off for one in entries),
        "outcomes": dict(meanings(book.OUTCOMES)),
        "reasons": dict(meanings(book.REASONS)),
        "criteria": [_row(one, on) for one in entries],
        "valueSets": {
            one.name: _value_set(one)
            for one in sorted({**used, **belonging}, key=lambda one: one.name)
        },
    }


def _row(entry: Entry, on: date) -> dict[str, object]:
    criterion = entry.criterion
    windows = [
        {"days": w.days, "proposed": w.is_proposed, **({"what": w.what} if w.what else {})}
        for w in criterion.check.windows
    ]
    found: dict[str, object] = {
        "id": criterion.id,
        "group": criterion.group,
        "question": criterion.question,
        "weight": criterion.weight.value,
        "basis": [basis.value for basis in criterion.basis],
        "threshold": criterion.check.threshold,
        "thresholdProposed": criterion.is_threshold_proposed,
        "window": window_words(criterion),
        "windows": windows,
        "proposed": criterion.is_proposed,
        "ifNotMet": criterion.if_not_met,
        "doubts": list(criterion.doubts),
        "asks": [query.value for query in queries(entry)],
        "valueSets": [one.name for one in entry.sets.own],
        "sharedValueSets": [one.name for one in entry.sets.shared],
        "citations": citations(criterion),
        "sources": [_source(one) for one in criterion.sources],
        "examples": [_example(one) for one in entry.examples],
        "review": review_words(entry, on),
        "reviews": [_review(one, on) for one in entry.reviews],
        "off": True if criterion.is_off else None,
    }
    return {key: value for key, value in found.items() if value not in (None, [])}


def _source(one: Citation) -> dict[str, str]:
    found = {
        "key": one.key,
        "title": one.title,
        "read": one.read,
        "where": one.where,
        "url": one.url or "",
    }
    return {key: text for key, text in found.items() if text}


def _example(one: Example) -> dict[str, str]:
    found = {
        "chart": one.words,
        "outcome": one.outcome.value,
        "reason": one.why.value if one.why else "",
        "evidence": one.evidence or "",
        "remark": one.remark or "",
    }
    return {key: text for key, text in found.items() if text}


def _review(one: Review, on: date) -> dict[str, object]:
    return {
        "reviewer": one.reviewer,
        "date": one.day.isoformat(),
        "validUntil": one.valid_until.isoformat(),
        "expired": one.is_expired(on),
        **({"remark": one.remark} if one.remark else {}),
    }


def _value_set(one: ValueSet) -> dict[str, object]:
    found: dict[str, object] = {
        "codes": [
            {
                "system": code.system,
                "code": code.written,
                "display": code.display,
                "use": code.use.value,
                **({"prefix": True} if code.is_prefix else {}),
                **({"means": code.means} if code.means else {}),
            }
            for code in one.codes
        ]
    }
    if belonging := {s.value_set.name: s.kind for s in book.siblings(one)}:
        found["belonging"] = belonging
    return found


# --- CSV (RFC 4180) ---------------------------------------------------------------------------

COLUMNS = {
    "id": "the row's id",
    "group": "clinical group",
    "question": "asked so that met is the favourable answer",
    "weight": "contraindication, requirement, caution or information",
    "basis": "what kind of source it rests on",
    "threshold": "what is met",
    "threshold_proposed": "yes: our proposal, no source's",
    "windows": "how long an entry stays current",
    "if_not_met": "what a card adds where it is not met",
    "doubts": "what is proposed or not verified",
    "value_sets": "the sets of codes that the row names, and how many codes each has",
    "shared_value_sets": "those that it reaches by facts that rows share",
    "codes": "every code of value_sets, by system; with displays: --codes",
    "citations": "the sources, and what part was read",
    "links": "their addresses",
    "examples": "charts of the tests and what the row made of them",
    "review": "who reviewed the row, and until when that holds",
}
CODE_COLUMNS = {
    "value_set": "the set",
    "system": "what people call the code system",
    "code": "the code; with … where every code that begins so counts",
    "display": "its name",
    "use": "decides; asks (found, it leaves the row unclassified); never (ignored)",
    "belongs_to": "for look-alike, unspecific and in-remission sets: kind and whose",
    "criteria": "the rows that look for the set",
}


def as_csv(entries: Sequence[Entry], on: date) -> str:
    """One line a row; what has several parts is separated by ` | `."""
    return _csv(COLUMNS, (_cells(one, on) for one in entries))


def _cells(entry: Entry, on: date) -> tuple[str, ...]:
    criterion = entry.criterion
    return (
        criterion.id,
        criterion.group,
        criterion.question,
        criterion.weight.value,
        _joined(basis.value for basis in criterion.basis),
        criterion.check.threshold,
        "yes" if criterion.is_threshold_proposed else "no",
        _joined(window.text for window in criterion.check.windows),
        criterion.if_not_met or "",
        _joined(criterion.doubts),
        _joined(_counted(one) for one in entry.sets.own),
        _joined(_counted(one) for one in entry.sets.shared),
        _joined(_by_system(entry.sets.own)),
        _joined(f"{one.text} (read: {one.read})" for one in criterion.sources),
        _joined(dict.fromkeys(one.url for one in criterion.sources if one.url)),
        _joined(f"{one.words}: {one.answer}" for one in entry.examples),
        review_words(entry, on),
    )


def _counted(one: ValueSet) -> str:
    return f"{one.name} ({len(one.codes)})"


def _by_system(sets: Iterable[ValueSet]) -> Iterator[str]:
    """`LOINC 2160-0 38483-4`: short, since a spreadsheet takes 32,767 characters a cell."""
    found: dict[str, dict[str, None]] = {}
    for one in sets:
        for code in one.codes:
            written = f"{code.written}{'…' if code.is_prefix else ''}"
            found.setdefault(system_name(code.system), {})[written] = None
    return (f"{system} {' '.join(written)}" for system, written in found.items())


def codes_csv(entries: Sequence[Entry]) -> str:
    """One line a code of every set that the rows look for, and of the sets that belong to them."""
    used = book.used_sets(entries)
    belongs: dict[ValueSet, list[str]] = {}
    for one in used:
        for sibling in book.siblings(one):
            belongs.setdefault(sibling.value_set, []).append(f"{sibling.kind} of {one.name}")
    names = sorted({**used, **belongs}, key=lambda one: one.name)
    return _csv(
        CODE_COLUMNS,
        (
            (
                one.name,
                system_name(code.system),
                f"{code.written}{'…' if code.is_prefix else ''}",
                code.display,
                code.use.value,
                _joined(belongs.get(one, ())),
                " ".join(used.get(one, ())),
            )
            for one in names
            for code in one.codes
        ),
    )


def _joined(parts: Iterable[str]) -> str:
    return " | ".join(parts)


def _csv(columns: Iterable[str], lines: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)  # the module's default is RFC 4180: CRLF, quotes doubled
    writer.writerow(tuple(columns))
    writer.writerows(lines)
    return text.getvalue()
