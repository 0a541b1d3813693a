"""The rule book as one plain page: what `source.url` of every card opens."""

from functools import cache
from html import escape

from cds_hooks.cards.wording import limit_words
from cds_hooks.report import window_words
from rules import statements
from rules.assess import KNOWLEDGE_VERSION
from rules.criteria import CRITERIA, ROWS_OF_THE_RULE_BOOK
from rules.model import Criterion

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}h2{margin:2rem 0 .3rem;font-size:1.05rem}"
    "p{margin:.2rem 0}.meta{color:#57606a;font-size:.9rem}"
    ".notice{border-left:4px solid #bf8700;padding:.4rem .8rem;background:#fff8e5}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    ".meta{color:#9198a1}.notice{background:#2b2310}a{color:#6cb6ff}}"
)


@cache
def rule_book() -> bytes:
    """The page; the same for every patient, made once."""
    rows = "".join(_row(one) for one in CRITERIA)
    fixed = "".join(f"<li>{escape(s.text)}</li>" for s in statements.EVERY_CARD)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>IL-2 Advisor: rule book {KNOWLEDGE_VERSION}</title><style>{_STYLE}</style>"
        f"</head><body><h1>IL-2 Advisor: rule book {KNOWLEDGE_VERSION}</h1>"
        '<p class="notice">Not a medical device. For review by clinicians before use. '
        f"{len(CRITERIA)} of {ROWS_OF_THE_RULE_BOOK} rows are built; none has been reviewed yet. "
        f"{escape(statements.REVIEW.text)}</p>"
        f"<p>Every card says:</p><ul>{fixed}</ul>{rows}</body></html>"
    )
    return page.encode()


def _row(one: Criterion) -> str:
    sources = "; ".join(
        f'<a href="{escape(s.url)}">{escape(s.text)}</a>' if s.url else escape(s.text)
        for s in one.sources
    )
    window = window_words(one)
    doubts = "".join(f"<p class='meta'>{escape(doubt)}</p>" for doubt in one.doubts)
    basis = ", ".join(b.value for b in one.basis)
    return (
        f'<h2 id="{one.id}">{escape(one.question)}</h2>'
        f"<p>{escape(limit_words(one))}{f'; window {escape(window)}' if window else ''}</p>"
        f"<p class='meta'>{one.id} · {one.weight.value} · {basis}</p>"
        f"{f'<p>{escape(one.if_not_met)}</p>' if one.if_not_met else ''}{doubts}"
        f"<p class='meta'>{sources}</p>"
    )
