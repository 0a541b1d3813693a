"""The rule book as one plain page: what `source.url` of every card opens."""

from datetime import date
from functools import lru_cache
from html import escape

from cds_hooks.cards.words import GROUPS, capital, limit_words
from cds_hooks.report import window_words
from cds_hooks.rulebook import EXAMPLES, how_many_reviewed, meanings, review_words
from rules import book, statements
from rules.assess import KNOWLEDGE_VERSION
from rules.book import Entry, Example
from rules.model import SWITCHED_OFF
from rules.reviews import NOT_YET
from rules.site_rules import SiteRules
from rules.sources import Citation
from rules.statements import Statement

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff;overflow-wrap:anywhere}h1{font-size:1.5rem;line-height:1.25}"
    "h2{margin:2.5rem 0 0;font-size:1.2rem}h3{margin:1.6rem 0 .2rem;font-size:1.02rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;font-size:.9rem}"
    "dd{margin:0}p{margin:.2rem 0}ul{margin:.2rem 0;padding-left:1.2rem}"
    ".meta,details,nav{color:#57606a;font-size:.9rem}summary{cursor:pointer}"
    ".open{color:#9a6700}"
    "table{border-collapse:collapse;width:100%}td{border-top:1px solid #d0d7de;padding:.2rem "
    ".4rem .2rem 0;vertical-align:top}td:nth-child(2){white-space:nowrap;font-weight:600}"
    ".notice{border-left:4px solid #bf8700;padding:.4rem .8rem;background:#fff8e5}"
    "@media(max-width:34rem){dl{display:block}dd{margin:0 0 .4rem}dt{font-weight:600}"
    "tr,td{display:block}td{border:0;padding:0}tr{border-top:1px solid #d0d7de;padding:.3rem 0}}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    ".meta,details,nav{color:#9198a1}.notice{background:#2b2310}.open{color:#d29922}"
    "a{color:#6cb6ff}td,tr{border-color:#30363d}}"
)


@lru_cache(maxsize=2)  # today's, and yesterday's just after midnight
def rule_book(rules: SiteRules, on: date) -> bytes:
    """
    The page of a day, with the values of the site; the same for every patient, made once.

    The day only ages reviews.
    """
    entries = book.entries(rules.criteria)
    groups: dict[str, list[Entry]] = {}
    for one in entries:
        groups.setdefault(GROUPS[one.criterion.group], []).append(one)
    rows = "".join(
        f"<h2>{escape(title)}</h2>{''.join(_row(one, on) for one in found)}"
        for title, found in groups.items()
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>IL-2 Advisor: rule book {KNOWLEDGE_VERSION}</title><style>{_STYLE}</style>"
        f"</head><body><h1>IL-2 Advisor: rule book {KNOWLEDGE_VERSION}</h1>"
        '<p class="notice">Not a medical device. For review by clinicians before use. '
        f"{len(entries)} rows; "
        f"{escape(how_many_reviewed(entries))}. {escape(statements.REVIEW.text)}</p>"
        f"{_policy(rules)}{_legend()}"
        f"{_sentences('Every card says', statements.EVERY_CARD)}"
        f"{_sentences('With brain lesions it also says', statements.IF_LESIONS)}"
        f"{_sentences('And where the label and the study differ', statements.CONFLICT)}"
        f"{_contents(groups)}<p class='meta'>{escape(EXAMPLES)}</p>{rows}</body></html>"
    )
    return page.encode()


def _legend() -> str:
    """What the words mean; the long lists folded."""
    answers = (*meanings(book.OUTCOMES), *meanings(book.REASONS))
    marks = (*meanings(book.WEIGHTS), *meanings(book.BASES), *meanings(book.MARKS))
    return "".join(
        f"<details><summary>{escape(title)}</summary><dl>"
        + "".join(f"<dt>{escape(word)}</dt><dd>{escape(means)}</dd>" for word, means in words)
        + "</dl></details>"
        for title, words in (
            ("What the answers mean", answers),
            ("What weight, basis and marks mean", marks),
        )
    )


def _contents(groups: dict[str, list[Entry]]) -> str:
    lines = "".join(
        f"<li>{escape(title)}: "
        + ", ".join(
            f'<a href="#{one.criterion.id}">{escape(one.criterion.short)}</a>' for one in found
        )
        + "</li>"
        for title, found in groups.items()
    )
    return f"<nav><ul>{lines}</ul></nav>"


def _policy(rules: SiteRules) -> str:
    """Which policy the page shows, and what in it is not as published."""
    if not rules.stamp.is_site:
        return f"<p>Policy: default ({rules.hash}).</p>"
    items = "".join(
        f"<li>{escape(one.place)}: {escape(str(one.value))}"
        f" <span class='meta'>published: {escape(str(one.published))}</span></li>"
        for one in rules.differences
    )
    title = f"This site's policy ({rules.hash}) differs from the published rules:"
    return f"<p>{title}</p><ul>{items}</ul>"


def _sentences(title: str, found: tuple[Statement, ...]) -> str:
    items = "".join(
        f"<li>{escape(one.text)} <span class='meta'>{_links(one.sources)}</span></li>"
        for one in found
    )
    return f"<p>{escape(title)}:</p><ul>{items}</ul>"


def _links(sources: tuple[Citation, ...]) -> str:
    return "; ".join(
        f'<a href="{escape(s.url)}" title="read: {escape(s.read)}">{escape(s.text)}</a>'
        if s.url
        else f'<span title="read: {escape(s.read)}">{escape(s.text)}</span>'
        for s in sources
    )


def _row(entry: Entry, on: date) -> str:
    one = entry.criterion
    window = window_words(one)
    doubts = "".join(f"<p class='meta'>{escape(doubt)}</p>" for doubt in one.doubts)
    basis = ", ".join(b.value for b in one.basis)
    off = f"<p class='meta'>{escape(SWITCHED_OFF)}</p>" if one.is_off else ""
    return (
        f'<h3 id="{one.id}">{escape(one.question)}</h3>{off}'
        f"<p>Met: {escape(limit_words(one))}.{f' Window: {escape(window)}.' if window else ''}</p>"
        f"<p class='meta'>{one.id} · {one.weight.value} · {basis}</p>"
        f"{f'<p>Not met: {escape(one.if_not_met)}</p>' if one.if_not_met else ''}{doubts}"
        f"{_codes(entry)}{_examples(entry.examples)}"
        f"<p class='meta'>{_links(one.sources)}</p>{_review(entry, on)}"
    )


def _codes(entry: Entry) -> str:
    sets = ", ".join(f"{one.name} ({len(one.codes)})" for one in entry.sets.own)
    return f"<p class='meta'>Codes: {escape(sets)}</p>" if sets else ""


def _examples(found: tuple[Example, ...]) -> str:
    if not found:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one.words)}</td><td>{escape(one.answer)}</td>"
        f"<td>{escape('. '.join(map(capital, filter(None, (one.evidence, one.remark)))))}</td></tr>"
        for one in found
    )
    return f"<details><summary>{len(found)} examples</summary><table>{rows}</table></details>"


def _review(entry: Entry, on: date) -> str:
    words = review_words(entry, on)
    style = "meta open" if words == NOT_YET else "meta"
    return f"<p class='{style}'>Review: {escape(words)}</p>"
