"""The rule book as one plain page: what `source.url` of every card opens."""

from functools import cache
from html import escape

from cds_hooks.cards.words import GROUPS, limit_words
from cds_hooks.report import window_words
from rules import statements
from rules.assess import KNOWLEDGE_VERSION
from rules.criteria import ROWS_OF_THE_RULE_BOOK
from rules.model import SWITCHED_OFF, Criterion
from rules.site_rules import PUBLISHED, SiteRules
from rules.sources import Citation
from rules.statements import Statement

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}h2{margin:2.5rem 0 0;font-size:1.2rem}"
    "h3{margin:1.4rem 0 .2rem;font-size:1.02rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;font-size:.9rem}"
    "dd{margin:0}"
    "p{margin:.2rem 0}.meta{color:#57606a;font-size:.9rem}"
    ".notice{border-left:4px solid #bf8700;padding:.4rem .8rem;background:#fff8e5}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    ".meta{color:#9198a1}.notice{background:#2b2310}a{color:#6cb6ff}}"
)


_LEGEND = (
    ("contraindication", "an absolute contraindication of the US label (label-ci)"),
    ("requirement", "a requirement of the label (label-req) or of most trials"),
    ("caution", "shown and counted, never an exclusion"),
    ("information", "shown, never part of the result"),
    ("(proposed)", "our limit or window, which no source gives"),
    ("(site)", "a limit or window that this site's policy has set"),
    ("UNVERIFIED, SECONDARY", "not read in the source itself; read in a page that reports it"),
)


@cache
def rule_book(rules: SiteRules = PUBLISHED) -> bytes:
    """The page, with the values of the site; the same for every patient, made once."""
    groups: dict[str, list[Criterion]] = {}
    for one in rules.criteria:
        groups.setdefault(GROUPS[one.group], []).append(one)
    rows = "".join(
        f"<h2>{escape(title)}</h2>{''.join(_row(one) for one in found)}"
        for title, found in groups.items()
    )
    legend = "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in _LEGEND)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>IL-2 Advisor: rule book {KNOWLEDGE_VERSION}</title><style>{_STYLE}</style>"
        f"</head><body><h1>IL-2 Advisor: rule book {KNOWLEDGE_VERSION}</h1>"
        '<p class="notice">Not a medical device. For review by clinicians before use. '
        f"{len(rules.criteria)} of {ROWS_OF_THE_RULE_BOOK} rows are built; none has been reviewed "
        "yet. "
        f"{escape(statements.REVIEW.text)}</p>{_policy(rules)}<dl>{legend}</dl>"
        f"{_sentences('Every card says', statements.EVERY_CARD)}"
        f"{_sentences('With brain lesions it also says', statements.IF_LESIONS)}"
        f"{_sentences('And where the label and the study differ', statements.CONFLICT)}"
        f"{rows}</body></html>"
    )
    return page.encode()


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


def _row(one: Criterion) -> str:
    window = window_words(one)
    doubts = "".join(f"<p class='meta'>{escape(doubt)}</p>" for doubt in one.doubts)
    basis = ", ".join(b.value for b in one.basis)
    off = f"<p class='meta'>{escape(SWITCHED_OFF)}</p>" if one.is_off else ""
    return (
        f'<h3 id="{one.id}">{escape(one.question)}</h3>{off}'
        f"<p>Met: {escape(limit_words(one))}.{f' Window: {escape(window)}.' if window else ''}</p>"
        f"<p class='meta'>{one.id} · {one.weight.value} · {basis}</p>"
        f"{f'<p>{escape(one.if_not_met)}</p>' if one.if_not_met else ''}{doubts}"
        f"<p class='meta'>{_links(one.sources)}</p>"
    )
