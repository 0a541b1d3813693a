"""How a client that renders GitHub Flavored Markdown reads a text."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token


class _Gullible(MarkdownIt):
    """Raw HTML stays HTML, tables and ~~struck~~ words are known, and a link may lead anywhere."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the library's name
        """Whatever it is."""
        return True


_reader = _Gullible("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shape(text: str) -> Sequence[str]:
    """What the text is made of, in order, without the words."""
    return tuple(_names(_reader.parse(text)))


def marks(text: str) -> set[str]:
    """The kinds of element that the text is made of."""
    return {name.removesuffix("_open").removesuffix("_close") for name in shape(text)}


def _names(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        yield token.type
        yield from _names(token.children or ())
