"""Files that a user downloads, in their own formats; the lines are ours."""

from __future__ import annotations

import pytest

from catalog.vocabulary.vocabulary_csv import VocabularyError
from catalog.vocabulary.vocabulary_files import BadLine, FileFormat, TermLine, read_lines

ESCO = (
    "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,status\n"
    'KnowledgeSkillCompetence,http://data.example/1,knowledge,transversal,Zorb (computer programming),"Zorb language\nzorb coding",released\n'
    "KnowledgeSkillCompetence,http://data.example/2,skill/competence,sector-specific,polish brass,,released\n"
)
TECHNOLOGY = (
    "O*NET-SOC Code\tExample\tCommodity Code\tCommodity Title\tHot Technology\tIn Demand\n"
    "11-0000.00\tFramzo software\t43232304\tData base user interface and query software\tN\tN\n"
    '11-0000.00\tPlonk "Pro"\t43232304\tMap creation software\tN\tN\n'
)
ELEMENTS = "O*NET-SOC Code\tElement ID\tElement Name\tScale ID\tData Value\n11-0000.00\t2.A.1.a\tBrass Polishing\tIM\t4.12\n"
OWN = "name,kind,category,aliases,ambiguous,domain\nFramzo,tool,crm,Framzo One,,framzo.example\n"


def read(text: str, file_format: FileFormat | None = None) -> list[TermLine | BadLine]:
    return list(read_lines(text.splitlines(keepends=True), file_format))


def terms(text: str) -> list[tuple[int, str, str, str, tuple[str, ...]]]:
    found = read(text)
    assert all(isinstance(line, TermLine) for line in found)
    return [(line.number, line.term.name, line.term.kind, line.term.category, line.term.aliases) for line in found]


def test_esco_labels_lose_their_qualifier_and_keep_their_alternatives():
    assert terms(ESCO) == [
        (2, "Zorb", "skill", "esco", ("Zorb (computer programming)", "Zorb language", "zorb coding")),
        (4, "polish brass", "skill", "esco", ()),
    ]


def test_onet_technologies_are_tools_by_the_title_of_their_kind():
    assert terms(TECHNOLOGY) == [
        (2, "Framzo", "tool", "data_base_user_interface_and_query_software", ("Framzo software",)),
        (3, 'Plonk "Pro"', "tool", "map_creation_software", ()),
    ]


def test_onet_elements_are_skills():
    assert terms(ELEMENTS) == [(2, "Brass Polishing", "skill", "onet", ())]


def test_our_own_lines_also_define_kind_and_category():
    (line,) = read(OWN)
    assert isinstance(line, TermLine)
    assert line.is_definition
    assert (line.term.category, line.term.domain) == ("crm", "framzo.example")


@pytest.mark.parametrize(
    ("name", "unsure"), [("Zorb", True), ("zorb", True), ("ZorbDB", False), ("polish brass", False), ("Zorb 4", False)]
)
def test_a_plain_word_of_a_classification_needs_context(name, unsure):
    (line,) = read(f"conceptUri,preferredLabel,altLabels\nx,{name},\n")
    assert isinstance(line, TermLine)
    assert (name in line.term.ambiguous) is unsure


def test_every_bad_line_is_told_with_its_number_and_the_rest_is_read():
    text = (
        "conceptUri,preferredLabel,altLabels\n"
        "1,fine,\n"
        "2,too few\n"
        "3,,no name\n"
        f"4,{'x' * 101},\n"
        "5,caf\udce9,\n"
        '6,"two\nlines",\n'
        "7,also fine,\n"
    )
    found = read(text)
    assert [(line.number, line.term.name) for line in found if isinstance(line, TermLine)] == [
        (2, "fine"),
        (7, "two\nlines"),
        (9, "also fine"),
    ]
    reasons = {line.number: line.reason for line in found if isinstance(line, BadLine)}
    assert reasons == {3: "2 columns, not 3", 4: "no name", 5: f"longer than 100 characters: {'x' * 40}…", 6: "not UTF-8"}


def test_a_cell_beyond_all_bounds_is_one_bad_line():
    found = read(f'conceptUri,preferredLabel,altLabels\n1,"{"x" * 200_000}",\n2,fine,\n')
    assert [type(line) for line in found] == [BadLine, TermLine]


@pytest.mark.parametrize("text", ["", "\n", "a,b,c\n1,2,3\n", "<html>\n"])
def test_a_file_of_another_kind_is_refused_with_what_is_known(text):
    with pytest.raises(VocabularyError, match="esco has conceptUri"):
        read(text)


def test_a_file_that_is_not_of_the_format_named_is_refused():
    with pytest.raises(VocabularyError, match="onet has Element Name"):
        read(ESCO, FileFormat.ONET)


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert [line.number for line in read("\ufeff" + ESCO)] == [2, 4]


def test_lines_are_read_as_they_are_asked_for():
    def endless():
        yield "conceptUri,preferredLabel,altLabels\n"
        while True:
            yield "1,skill,\n"

    assert isinstance(next(read_lines(endless())), TermLine)
