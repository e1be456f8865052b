"""Render Markdown and docstrings as HTML. HTML in the source is shown as text."""

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
class RenderedText:
    """Rendered HTML, and its sections (h2) by anchor."""

    html: str
    parts: dict[str, str]


def text(source: str) -> RenderedText:
    """Render a text."""
    tokens = _READER.parse(source)
    parts: dict[str, str] = {}
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            anchor = _anchor(content.content)
            opening.attrSet("id", anchor)
            if opening.tag == "h2":
                parts[anchor] = content.content
    return RenderedText(_READER.renderer.render(tokens, _READER.options, {}), parts)


def block(source: str) -> str:
    """Render a docstring with its paragraphs."""
    return str(_READER.render(source))


def line(source: str) -> str:
    """Render a sentence."""
    return str(_READER.renderInline(" ".join(source.split())))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Render a table of Markdown cells."""
    return block("\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)))


def _anchor(heading: str) -> str:
    return re.sub(r"\W+", "-", heading.lower()).strip("-")


def _table_open(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    # A wide table scrolls in its own region, by the keyboard too; the page does not.
    names = [each.content for each in tokens[index:] if each.type == "inline"][:1]
    return f'<div class="table" role="region" tabindex="0" aria-label="Table: {escape(names[0])}, …"><table>\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _fence(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    kind = escape(tokens[index].info.strip() or "text")
    code = escape(tokens[index].content, quote=False)
    return f'<pre class="{kind}" tabindex="0"><code>{code}</code></pre>\n'


def _code(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    # A long address goes on in the next line before one of its strokes: a table of many columns needs the room.
    content = re.sub(r"(?<=[\w}])/", "<wbr>/", escape(tokens[index].content, quote=False))
    return f"<code>{content}</code>"


_READER.add_render_rule("code_inline", _code)
_READER.add_render_rule("table_open", _table_open)
_READER.add_render_rule("table_close", _table_close)
_READER.add_render_rule("fence", _fence)
