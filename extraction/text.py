"""HTML of a posting -> the cleaned text that every offset of the product refers to.

The text keeps what a reader sees as structure: blocks are separated by a blank line, `<br>` is a line break, list items
are lines that start with "• ", cells of a table row are joined by " | ". It is deterministic: the same HTML gives the same text.

Most postings are written in a few simple tags. Those are read without a parser: what stands between two stretches of text,
tags and white space, is replaced by what a reader sees of it. Everything else goes through lexbor, with the same result.
"""

from __future__ import annotations

import html as html_entities
import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

BULLET = "• "

# Control characters stand for structure until the text is finished: they survive parsing and never occur in prose.
_ITEM, _LINE, _BLOCK, _ITEM_END = "\x01", "\x02", "\x03", "\x04"
_MARK = re.compile("[\x01-\x04]")

_TAG = re.compile(r"(</?[a-zA-Z][^<>]*>)")
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
_SIMPLE_TAG = re.compile(r"""</?[a-zA-Z][a-zA-Z0-9]*(?:\s+[a-zA-Z][\w:.-]*(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))?)*\s*/?>""", re.ASCII)
# Possessive, since nothing behind can match what they took: split in half the time.
_TAGS = re.compile(r"(<[^<>]*+>\s*+(?:<[^<>]*+>\s*+)*)")

_BREAKS = re.compile("[\x01-\x04][\x01-\x04 ]*")
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff\x00]")
_LEFT_ENTITY = re.compile(r"&(?:nbsp|amp|lt|gt|quot|apos|[lr][sd]quo|ndash|mdash|bull|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
_TYPED_BULLET = re.compile(f"\n{_ITEM}?(?:[•·▪◦●○■□‣⁃∙➢➤►✓✔✅*–—-] |[•·▪●➢➤►]) *(?=[^\n ])")
_INLINE_BULLET = " • "


class _NotSimpleError(Exception):
    """HTML that is more than text between simple tags: for the parser."""


def clean_html(html: str) -> str:
    """The readable text of an HTML fragment, or of plain text (then its own line breaks count)."""
    if "<" not in html:
        return clean_plain(html_entities.unescape(html))
    try:
        return _finished(_simple_text(html))
    except _NotSimpleError:
        return _laid_out(_parsed_text(_MARK.sub(" ", html)))


def clean_plain(text: str) -> str:
    """The same form for text that is no HTML: its line breaks count, typed bullets become list items."""
    return _laid_out(_LINE.join(_MARK.sub(" ", text).splitlines()))


def _simple_text(html: str) -> str:
    """Text between simple tags, the tags as line breaks and item marks. Raises _NotSimpleError when only a parser can read it."""
    parts = _TAGS.split(html.replace("&nbsp;", " "))
    parts[::2] = [part if part.isprintable() and "&" not in part and "<" not in part else _odd_stretch(part) for part in parts[::2]]
    parts[1::2] = map(_breaks.__getitem__, parts[1::2])
    text = "".join(parts)
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _odd_stretch(stretch: str) -> str:
    """A stretch with entities, with white space other than spaces, or with invisible characters."""
    text = html_entities.unescape(stretch)
    if "<" in stretch or _LEFT_ENTITY.search(text):
        raise _NotSimpleError
    if not text.isprintable():  # no white space but spaces, nothing invisible
        text = _SPACE.sub(" ", _INVISIBLE.sub("", _MARK.sub(" ", text)))
    if not text or text[0] == " ":  # what stands before and behind it are one run then
        raise _NotSimpleError
    return text


class _Breaks(dict[str, str]):
    """What a run of tags and white space looks like to a reader: a break, a space or nothing.

    Remembered, because few runs are most of all HTML; not the long ones, with whole pictures in them. Raises _NotSimpleError.
    """

    def __missing__(self, run: str) -> str:
        is_long = len(run) > _REMEMBERED_CHARS
        marks = "".join(map(_simple_mark if is_long else _known_mark, _TAG.findall(run)))
        space = _TAG.sub("", run)
        if space.strip():
            raise _NotSimpleError
        found = _break(marks) if marks else space and " "
        if not is_long:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[run] = found
        return found


_REMEMBERED, _REMEMBERED_CHARS = 8192, 500
_breaks = _Breaks()


def _simple_mark(tag: str) -> str:
    """What stands for a tag in the text, "" where nothing does. Raises _NotSimpleError."""
    name = _TAG_NAME.match(tag)
    if not name or name[1].lower() not in _SIMPLE_NAMES or not _SIMPLE_TAG.fullmatch(tag):
        raise _NotSimpleError
    return _marked_tag(tag).replace(tag, "")


# New runs are mostly made of tags that others have too.
_known_mark = lru_cache(maxsize=_REMEMBERED)(_simple_mark)


def _parsed_text(html: str) -> str:
    """Text of HTML of any kind (tables, scripts, broken tags) with a mark at every place where a reader sees a break."""
    if _TABLE.search(html):
        html = _ROW_END.sub(rf"{_LINE}\g<0>", _NEXT_CELL.sub(r"\g<0> | ", html))
    parts = _TAG.split(html)
    parts[1::2] = map(_marked_tag, parts[1::2])
    tree = LexborHTMLParser("".join(parts))
    if _UNREAD_TAG.search(html):
        tree.strip_tags(list(_UNREAD), recursive=True)
    return tree.body.text() if tree.body is not None else ""


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
    """Marks become breaks, white space is folded."""
    if "&" in marked and _LEFT_ENTITY.search(marked):  # some boards escape twice
        marked = html_entities.unescape(marked)
    folded = " ".join(_INVISIBLE.sub("", marked).split())
    return _finished(_BREAKS.sub(lambda marks: _break(marks[0]), folded))


def _break(marks: str) -> str:
    """What a run of marks (and spaces) between two stretches of text looks like to a reader; an item keeps its mark."""
    if _ITEM in marks:
        starts_list = _BLOCK in marks[: marks.rindex(_ITEM)] and _ITEM_END not in marks
        return f"\n\n{_ITEM}" if starts_list else f"\n{_ITEM}"
    if _BLOCK in marks or marks.count(_LINE) > 1:
        return "\n\n"
    return "\n"


def _finished(text: str) -> str:
    """Text with its breaks, without white space at the ends of lines; typed bullets and marked items become list items."""
    text = _TYPED_BULLET.sub(f"\n{_ITEM}", "\n" + text.replace(" \n", "\n").strip(" "))
    if "•" in text:
        text = "\n".join(map(_with_items, text.split("\n")))
    return text.replace(_ITEM, BULLET).strip()


def _with_items(line: str) -> str:
    """A list that was typed into one paragraph as items."""
    return line.replace(_INLINE_BULLET, f"\n{_ITEM}") if line.count(_INLINE_BULLET) > 1 else line
