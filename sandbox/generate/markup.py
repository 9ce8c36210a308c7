"""Sections as the HTML that Greenhouse and Lever give, and as Lever's plain text."""

from __future__ import annotations

import html
from collections.abc import Sequence
from random import Random

from sandbox.generate.prose import Section


def greenhouse_html(sections: Sequence[Section], rng: Random) -> str:
    """Headings, paragraphs and lists in one of the manners of Greenhouse's editor (not yet escaped)."""
    manner = rng.choice(("h2", "h3", "strong", "strong h3"))
    spans = rng.random() < 0.15
    parts = [_section_html(section, manner, spans) for section in sections]
    intro, rest = parts[0], parts[1:]
    if rng.random() < 0.4:
        intro = f'<div class="content-intro">{intro}</div>'
        rest[-1] = f'<div class="content-conclusion">{rest[-1]}</div>'
    return "\n".join([intro, *rest])


def escaped(markup: str) -> str:
    """As the API sends `content`: HTML with its own tags escaped."""
    return html.escape(markup)


def _section_html(section: Section, manner: str, spans: bool) -> str:
    paragraphs = [f"<p>{_inline(text, spans)}</p>" for text in section.paragraphs]
    lines = [_heading(section.heading, manner), *paragraphs, _list(section.bullets, spans)]
    body = "\n".join(line for line in lines if line)
    return f'<div class="content-pay-transparency">{body}</div>' if section.part == "pay" else body


def _heading(text: str, manner: str) -> str:
    if not text:
        return ""
    escaped_text = html.escape(text, quote=False)
    shapes = {
        "h2": f"<h2>{escaped_text}</h2>",
        "h3": f"<h3>{escaped_text}</h3>",
        "strong": f"<p><strong>{escaped_text}</strong></p>",
        "strong h3": f"<h3><strong>{escaped_text}&nbsp;</strong></h3>",
    }
    return shapes[manner]


def _list(bullets: Sequence[str], spans: bool) -> str:
    if not bullets:
        return ""
    return "<ul>\n" + "\n".join(f"<li>{_inline(text, spans)}</li>" for text in bullets) + "\n</ul>"


def _inline(text: str, spans: bool) -> str:
    safe = html.escape(text, quote=False)
    return f'<span style="font-weight: 400;">{safe}&nbsp;</span>' if spans else safe


def lever_html(section: Section) -> str:
    """A section as Lever's editor writes it: one div a line."""
    heading = [f"<div><b>{html.escape(section.heading, quote=False)}</b></div>"] if section.heading else []
    lines = [f"<div>{html.escape(text, quote=False)}</div>" for text in section.paragraphs]
    bullets = [f"<div>• {html.escape(text, quote=False)}</div>" for text in section.bullets]
    return "<div><br></div>".join(["".join(heading + lines[:1]), *lines[1:]]) + "".join(bullets)


def lever_plain(section: Section) -> str:
    """The Plain form of the same section."""
    lines = [section.heading] if section.heading else []
    return "\n".join([*lines, *section.paragraphs, *(f"• {text}" for text in section.bullets)]) + "\n"


def lever_items(section: Section, rng: Random) -> str:
    """`lists[].content`: usually bare <li>, now and then divs without any."""
    safe = [html.escape(text, quote=False) for text in section.bullets]
    if rng.random() < 0.05:
        return "".join(f"<div>- {text}</div>" for text in safe)
    return "\n" + "\n".join(f"<li>{text}</li>" for text in safe) + "\n"
