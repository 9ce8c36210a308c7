from pathlib import Path

import pytest

from catalog.vocabulary.values import SkillTerm
from catalog.vocabulary.vocabulary_csv import VocabularyError, read_vocabulary, version_of

HEADER = "name,kind,category,aliases,ambiguous,domain\n"


def write(tmp_path: Path, rows: str, header: str = HEADER) -> Path:
    path = tmp_path / "terms.csv"
    path.write_text(header + rows, encoding="utf-8")
    return path


def test_reads_all_columns(tmp_path):
    path = write(tmp_path, "Outreach,tool,sales_engagement,Outreach.io; Outreach CRM,Outreach,outreach.io\nSEO,skill,marketing,,,\n")
    vocabulary = read_vocabulary(path)
    assert vocabulary.terms == (
        SkillTerm("Outreach", "tool", "sales_engagement", ("Outreach.io", "Outreach CRM"), frozenset({"Outreach"}), "outreach.io"),
        SkillTerm("SEO", "skill", "marketing"),
    )


def test_version_depends_on_the_terms_and_not_on_their_order():
    one, other = SkillTerm("SEO", "skill", "marketing"), SkillTerm("Jira", "tool", "project_mgmt")
    assert version_of([one, other]) == version_of([other, one])
    assert version_of([one]) != version_of([SkillTerm("SEO", "skill", "marketing", ("S.E.O.",))])


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ("SEO,method,marketing,,,\n", 2, "kind of 'SEO' is 'method'"),
        ("SEO,skill,marketing,,,\n,skill,marketing,,,\n", 3, "must not be empty"),
        ("SEO,skill,,,,\n", 2, "must not be empty"),
        ("SEO,skill,marketing,,SEM,\n", 2, "neither its name nor an alias: SEM"),
        ("SEO,skill,marketing\n", 2, "expected 6 columns"),
        ("SEO,skill,marketing,,,,more\n", 2, "expected 6 columns"),
        ("SEO,skill,marketing,,,\nGA,tool,analytics,seo,,\n", 3, "'seo' of 'GA' already stands for 'SEO' (line 2)"),
        ("SEO,skill,marketing,,,\nSEO,skill,marketing,,,\n", 3, "already stands for 'SEO'"),
        ('SEO,skill,"market"ing,,,\n', 2, "expected"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path, rows, line, reason):
    path = write(tmp_path, rows)
    with pytest.raises(VocabularyError) as error:
        read_vocabulary(path)
    assert str(error.value).startswith(f"terms.csv:{line}: ")
    assert reason in str(error.value)


def test_a_term_may_repeat_its_own_form_in_other_letters(tmp_path):
    assert len(read_vocabulary(write(tmp_path, "SEO,skill,marketing,seo,,\n")).terms) == 1


def test_other_columns_are_refused(tmp_path):
    path = write(tmp_path, "SEO,skill\n", header="name,kind\n")
    with pytest.raises(VocabularyError, match=r"terms\.csv:1: columns are"):
        read_vocabulary(path)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(VocabularyError, match="columns are None"):
        read_vocabulary(write(tmp_path, "", header=""))
