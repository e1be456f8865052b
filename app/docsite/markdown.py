"""Text in Markdown, docstrings included, as HTML. What looks like HTML in it is shown as text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Text:
    """A text as HTML, and its parts (h2) by the anchors that lead to them."""

    html: str
    parts: dict[str, str]


def text(source: str) -> Text:
    """A whole text."""
    tokens = _READER.parse(source)
    parts: dict[str, str] = {}
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            anchor = _anchor(content.content)
            opening.attrSet("id", anchor)
            if opening.tag == "h2":
                parts[anchor] = content.content
    return Text(_READER.renderer.render(tokens, _READER.options, {}), parts)


def block(source: str) -> str:
    """A docstring, with its paragraphs."""
    return str(_READER.render(source))


def line(source: str) -> str:
    """A sentence."""
    return str(_READER.renderInline(" ".join(source.split())))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are Markdown."""
    return block("\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)))


def _anchor(heading: str) -> str:
    return re.sub(r"\W+", "-", heading.lower()).strip("-")


def _table_open(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    # A wide table scrolls by itself, by the keyboard too, and not the page with it.
    names = [each.content for each in tokens[index:] if each.type == "inline"][:1]
    return f'<div class="table" role="region" tabindex="0" aria-label="Table: {escape(names[0])}, …"><table>\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _fence(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    kind = escape(tokens[index].info.strip() or "text")
    code = escape(tokens[index].content, quote=False)
    return f'<pre class="{kind}" tabindex="0"><code>{code}</code></pre>\n'


_READER.add_render_rule("table_open", _table_open)
_READER.add_render_rule("table_close", _table_close)
_READER.add_render_rule("fence", _fence)
