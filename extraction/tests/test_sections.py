import pytest

from extraction.document import SectionKind
from extraction.sections import split_sections


def kinds(text: str) -> list[tuple[str, str]]:
    return [(section.kind.value, section.heading) for section in split_sections(text)]


TEXT = """Intro line of the posting.

About Acme

Acme sells anvils.

What you’ll do

• Sell anvils

**Minimum qualifications:**

• Sold things before

Nice to have

• Own an anvil

Compensation range

$10 an hour

Benefits & Perks

• Free anvil

Equal Opportunity

All welcome."""


def test_sections_in_order_cover_the_text() -> None:
    sections = split_sections(TEXT)
    assert [s.kind for s in sections] == [
        SectionKind.OTHER,
        SectionKind.ABOUT,
        SectionKind.RESPONSIBILITIES,
        SectionKind.REQUIREMENTS,
        SectionKind.PREFERRED,
        SectionKind.COMPENSATION,
        SectionKind.BENEFITS,
        SectionKind.LEGAL,
    ]
    assert "".join(TEXT[s.start : s.end] for s in sections) == TEXT
    assert all(TEXT[s.start : s.end].startswith(s.heading) for s in sections)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("About the role", "summary"),
        ("About you", "requirements"),
        ("About us", "about"),
        ("Who you are", "requirements"),
        ("Who we are", "about"),
        ("KEY RESPONSIBILITIES", "responsibilities"),
        ("In this role, you will:", "responsibilities"),
        ("Preferred Qualifications", "preferred"),
        ("Salary range", "compensation"),
        ("How to apply", "other"),
        ("Vos missions", "responsibilities"),
        ("Profil recherché :", "requirements"),
        ("Deine Aufgaben", "responsibilities"),
        ("Das bringst du mit", "requirements"),
        ("Wir bieten", "benefits"),
        ("Requisitos", "requirements"),
        ("Qué ofrecemos", "benefits"),
        ("O que você fará", "responsibilities"),
        ("Cosa offriamo", "benefits"),
        ("Wat ga je doen", "responsibilities"),
        ("Functie-eisen", "requirements"),
    ],
)
def test_headings_in_many_languages(heading: str, kind: str) -> None:
    assert kinds(f"{heading}\n\nSome text below it.") == [(kind, heading.rstrip(": "))]


@pytest.mark.parametrize(
    "line", ["Requirements are what we talk about first.", "• Benefits", "Experience with Python", "Location: Berlin", "Lisbon"]
)
def test_lines_that_are_no_headings(line: str) -> None:
    assert kinds(f"{line}\n\ntext") == [("other", "")]


def test_heading_in_front_of_running_text() -> None:
    text = "Intro.\nRequirements: five years of selling anvils to coyotes in all weathers and many deserts."
    assert kinds(text) == [("other", ""), ("requirements", "Requirements")]


def test_empty_text_is_one_empty_section() -> None:
    assert kinds("") == [("other", "")]
