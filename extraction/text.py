"""HTML of a posting -> the cleaned text that every offset of the product refers to.

The text keeps what a reader sees as structure: blocks are separated by a blank line, `<br>` is a line break, list items
are lines that start with "• ", cells of a table row are joined by " | ". It is deterministic: the same HTML gives the same text.
"""

from __future__ import annotations

import html as html_entities
import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

BULLET = "• "

# Control characters stand for structure while lexbor extracts the text: they survive parsing and never occur in prose.
_ITEM, _LINE, _BLOCK, _ITEM_END = "\x01", "\x02", "\x03", "\x04"
_MARKS = (_ITEM, _LINE, _BLOCK, _ITEM_END)

_TAG = re.compile(r"(</?[a-zA-Z][^>]*>)")
_TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_BLOCK_NAMES = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "dt", "dd", "section", "article", "header", "footer"}
    | {"blockquote", "pre", "address", "aside", "main", "figure", "hr"}
)
_UNREAD = ("script", "style", "noscript", "template", "title")
_UNREAD_TAG = re.compile(f"<(?:{'|'.join(_UNREAD)})", re.IGNORECASE)
# Text between the cells of a table would be moved out of it by any HTML parser, so the marks go inside the cells.
_NEXT_CELL = re.compile(r"</t[dh]\s*>\s*<t[dh]\b[^>]*>", re.IGNORECASE)
_ROW_END = re.compile(r"</t[dh]\s*>\s*</tr\s*>", re.IGNORECASE)
_TABLE = re.compile(r"<table\b", re.IGNORECASE)

# Tags that do nothing but what the marks say, written as browsers and editors write them: no parser is needed to leave them out.
_SIMPLE_NAMES = _BLOCK_NAMES | frozenset(
    {"li", "br", "a", "b", "strong", "i", "em", "u", "s", "span", "font", "small", "sub", "sup", "code", "mark", "img", "center"}
)
_SIMPLE_TAG = re.compile(r"""</?[a-zA-Z][a-zA-Z0-9]*(?:\s+[a-zA-Z][\w:.-]*(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'))?)*\s*/?>""", re.ASCII)

_BREAKS = re.compile("([\x01-\x04][\x01-\x04 ]*)")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff\x00"))
_LEFT_ENTITY = re.compile(r"&(?:nbsp|amp|lt|gt|quot|apos|[lr][sd]quo|ndash|mdash|bull|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
_SPACED_BULLETS = "•·▪◦●○■□‣⁃∙➢➤►✓✔✅*–—-"
_INLINE_BULLET = " • "
_TIGHT_BULLETS = "•·▪●➢➤►"


def clean_html(html: str) -> str:
    """The readable text of an HTML fragment, or of plain text (then its own line breaks count)."""
    for mark in _MARKS:
        if mark in html:
            html = html.replace(mark, " ")
    return _laid_out(_marked_text(html)) if "<" in html else clean_plain(html_entities.unescape(html))


def clean_plain(text: str) -> str:
    """The same form for text that is no HTML: its line breaks count, typed bullets become list items."""
    return _laid_out(_LINE.join(text.splitlines()))


def _marked_text(html: str) -> str:
    """Text of the HTML with a mark at every place where a reader sees a break."""
    parts = _TAG.split(html)
    marks = list(map(_simple_mark, parts[1::2]))
    if None in marks:
        return _parsed_text(html)
    parts[1::2] = marks
    text = "".join(parts)
    if "<" in text:
        return _parsed_text(html)
    return html_entities.unescape(text) if "&" in text else text


def _parsed_text(html: str) -> str:
    """The same by a real parser, for HTML of any kind: tables, scripts, broken tags."""
    if _TABLE.search(html):
        html = _ROW_END.sub(rf"{_LINE}\g<0>", _NEXT_CELL.sub(r"\g<0> | ", html))
    parts = _TAG.split(html)
    parts[1::2] = map(_marked_tag, parts[1::2])
    tree = LexborHTMLParser("".join(parts))
    if _UNREAD_TAG.search(html):
        tree.strip_tags(list(_UNREAD), recursive=True)
    return tree.body.text() if tree.body is not None else ""


@lru_cache(maxsize=4096)
def _simple_mark(tag: str) -> str | None:
    """What stands for a tag in the text; None when only a parser knows."""
    name = _TAG_NAME.match(tag)
    if not name or name[1].lower() not in _SIMPLE_NAMES or not _SIMPLE_TAG.fullmatch(tag):
        return None
    return _marked_tag(tag).replace(tag, "")


@lru_cache(maxsize=4096)
def _marked_tag(tag: str) -> str:
    name = _TAG_NAME.match(tag)
    match name[1].lower() if name else "":
        case "li":
            return tag + (_ITEM_END if tag.startswith("</") else _ITEM)
        case "br":
            return _LINE
        case "table":
            return tag + _BLOCK if tag.startswith("</") else _BLOCK + tag
        case block if block in _BLOCK_NAMES:
            return tag + _BLOCK
        case _:
            return tag


def _laid_out(marked: str) -> str:
    """Marks become line breaks and bullets, white space is folded, typed bullets become real ones."""
    if "&" in marked and _LEFT_ENTITY.search(marked):  # some boards escape twice
        marked = html_entities.unescape(marked)
    if any(chr(code) in marked for code in _INVISIBLE):
        marked = marked.translate(_INVISIBLE)
    folded = " ".join(marked.split())
    parts = _BREAKS.split(folded)
    parts[1::2] = map(_separator, parts[1::2])
    parts[::2] = [stretch.rstrip(" ") for stretch in parts[::2]]
    for index in range(0, len(parts), 2):
        if parts[index][:1] in _SPACED_BULLETS:
            parts[index] = _without_typed_bullet(parts[index], after=parts[index - 1] if index else "")
    if _INLINE_BULLET in folded:
        parts[::2] = map(_with_items, parts[::2])
    return "".join(parts).strip()


def _with_items(stretch: str) -> str:
    """A list that was typed into one paragraph as items."""
    return stretch.replace(_INLINE_BULLET, f"\n{BULLET}") if stretch.count(_INLINE_BULLET) > 1 else stretch


@lru_cache(maxsize=4096)
def _separator(run: str) -> str:
    """What a run of marks (and spaces) between two stretches of text looks like to a reader."""
    if _ITEM in run:
        starts_list = _BLOCK in run[: run.rindex(_ITEM)] and _ITEM_END not in run
        return f"\n\n{BULLET}" if starts_list else f"\n{BULLET}"
    if _BLOCK in run or run.count(_LINE) > 1:
        return "\n\n"
    return "\n"


def _without_typed_bullet(line: str, *, after: str) -> str:
    """A line whose author typed a bullet ("- ", "·Text") as a list item; other lines as they are."""
    rest = line[1:]
    if not rest.strip() or not (rest.startswith(" ") or line[0] in _TIGHT_BULLETS):
        return line
    return rest.strip() if after.endswith(BULLET) else BULLET + rest.strip()
