"""Chart text made harmless: it can become neither markup nor a link (PRD-10)."""

import re
import unicodedata

_LONGEST = 60
_READ = 10_000  # characters that are looked at: a text may have millions
_WWW = re.compile(r"(www)\.", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#])")


def plain(text: str, longest: int = _LONGEST) -> str:
    """One line of at most `longest` characters, without control characters, tags or links."""
    begun = text[:_READ]
    kept = "".join(" " if unicodedata.category(c).startswith(("C", "Z")) else c for c in begun)
    kept = " ".join(kept.split()) + ("…" if len(begun) < len(text) else "")
    kept = _WWW.sub(r"\1 .", kept.replace("://", ": //").replace("@", "(at)"))
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def summary(text: str, longest: int = _LONGEST) -> str:
    """For a summary, which is plain text: no angle brackets either."""
    return plain(text, longest).replace("<", "‹").replace(">", "›")


def markdown(text: str, longest: int = _LONGEST) -> str:
    """For the detail: GitHub Flavored Markdown and HTML lose their meaning."""
    harmless = plain(text, longest)
    harmless = harmless.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", harmless)
