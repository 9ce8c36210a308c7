"""Adding a file's skills: what is new comes in, what stands stays, and every line is accounted for."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Skill, SkillAlias
from catalog.services import skill_register_name, skill_switch, terms_import, vocabulary_load
from catalog.vocabulary.vocabulary_files import read_lines

pytestmark = pytest.mark.django_db

HEAD = "conceptUri,preferredLabel,altLabels\n"
OWN_HEAD = "name,kind,category,aliases,ambiguous,domain\n"


@pytest.fixture(autouse=True)
def vocabulary():
    for name in ("Framzo", "Plonk"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))


def add(text: str, **options):
    report = terms_import(lines=read_lines(text.splitlines(keepends=True)), **options)
    assert report.lines == report.new + report.changed + report.unchanged + report.kept + report.conflicting + report.bad_lines
    return report


def forms() -> set[tuple[str, str]]:
    return set(SkillAlias.objects.values_list("form", "skill__name"))


def test_new_skills_come_in_with_their_forms_and_nothing_leaves():
    report = add(HEAD + '1,polish brass,"brass polishing\nbuff brass"\n2,Framzo,\n')
    assert (report.new, report.unchanged, report.forms) == (1, 1, 3)
    assert forms() >= {("polish brass", "polish brass"), ("buff brass", "polish brass"), ("Plonk", "Plonk")}
    assert {term.name for term in vocabulary_load().terms} == {"Framzo", "Plonk", "polish brass"}


def test_a_form_that_stands_for_another_skill_stays_there_and_is_reported():
    report = add(HEAD + "1,Quux,plonk\n")
    (conflict,) = report.conflicts
    assert (conflict.line, conflict.form, conflict.name, conflict.standing) == (2, "plonk", "Quux", "Plonk")
    assert (report.new, ("Plonk", "Plonk") in forms(), ("Quux", "Quux") in forms()) == (1, True, True)


def test_a_skill_that_stands_gets_further_forms():
    report = add(HEAD + "1,FRAMZO,Framzo One\n1,framzo,Framzo One\n")
    assert (report.changed, report.unchanged) == (1, 1)
    assert ("Framzo One", "Framzo") in forms()


def test_the_same_file_twice_changes_nothing():
    text = HEAD + '1,polish brass,"brass polishing\nPlonk"\n'
    add(text)
    before = forms()
    again = add(text)
    assert (again.new, again.changed, again.unchanged, forms()) == (0, 0, 1, before)


def test_what_a_curator_decided_is_left_alone():
    skill_switch(skill=Skill.objects.get(name="Plonk"), active=False, by="ada")
    report = add(HEAD + "1,Plonk,Plonk Pro\n")
    assert (report.kept, report.forms) == (1, 0)


def test_a_dry_run_tells_the_same_and_writes_nothing():
    text = HEAD + "1,polish brass,Plonk\n2,Framzo,Framzo One\nbad\n"
    before = forms()
    dry = add(text, dry_run=True)
    assert forms() == before
    assert add(text) == dry
    assert forms() != before


def test_our_own_format_also_corrects_kind_and_category():
    report = add(OWN_HEAD + "Framzo,skill,sales,,,framzo.example\nPlonk,tool,crm,,,\n")
    assert (report.changed, report.unchanged) == (1, 1)
    skill = Skill.objects.get(name="Framzo")
    assert (skill.kind, skill.category, skill.domain) == ("skill", "sales", "framzo.example")


def test_a_name_that_is_an_alias_of_another_skill_is_a_conflict_in_our_own_format():
    SkillAlias.objects.create(skill=Skill.objects.get(name="Plonk"), form="Quux", folded="quux")
    report = add(OWN_HEAD + "Quux,tool,crm,,,\n")
    assert (report.conflicting, report.conflicts[0].standing) == (1, "Plonk")


def test_the_command_reports_and_a_dry_run_says_so(tmp_path, capsys):
    path = tmp_path / "skills_en.csv"
    path.write_text(HEAD + "1,polish brass,plonk\n2\n")
    call_command("skills", "import", str(path), "--dry-run")
    out = capsys.readouterr().out
    assert "2 lines read; nothing was changed (dry run)" in out
    assert "line 2: 'plonk' of 'polish brass' already stands for 'Plonk'" in out
    assert "line 3: 1 columns, not 3" in out
    assert not Skill.objects.filter(name="polish brass").exists()
    call_command("skills", "import", str(path), "--format", "esco")
    assert Skill.objects.filter(name="polish brass").exists()


@pytest.mark.parametrize(
    ("arguments", "message"), [(["--format", "onet"], "Nothing was changed"), (["--replace", "--dry-run"], "is for files")]
)
def test_the_command_says_what_is_wrong(tmp_path, arguments, message):
    path = tmp_path / "skills_en.csv"
    path.write_text(HEAD)
    with pytest.raises(CommandError, match=message):
        call_command("skills", "import", str(path), *arguments)


def test_the_command_counts_unknown_terms(capsys):
    call_command("skills", "terms")
    assert "0 open jobs read; 0 terms wait" in capsys.readouterr().out
