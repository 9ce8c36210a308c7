import csv
from pathlib import Path

import pytest

from extraction.document import Document
from extraction.rules.function import job_function
from extraction.schema import JobFunction
from ingestion.ats.base import Posting


def document(title, text="", **fields):
    posting = Posting(source_job_id="1", title=title, url="", **fields)
    return Document(posting=posting, text=text, sections=(), company_name="Example Ltd")


def function(title, text="", **fields):
    return job_function(document(title, text, **fields)).value


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Account Executive, Enterprise", "sales"),
        ("Sales Engineer", "sales"),
        ("Business Development Manager", "sales"),
        ("Key Account Manager", "sales"),
        ("Revenue Operations Analyst", "revops"),
        ("Program Manager, Revenue Enablement", "revops"),
        ("Product Marketing Manager", "marketing"),
        ("Director of Product Marketing", "marketing"),
        ("Software Engineer, Payments", "engineering"),
        ("Machine Learning Engineering Manager", "engineering"),
        ("Lead Data Scientist, Fraud", "data"),
        ("BI Engineer", "data"),
        ("Product Manager, Risk & Compliance", "product"),
        ("Marketing Designer", "design"),
        ("Customer Success Manager", "customer_success"),
        ("Implementation Consultant", "customer_success"),
        ("Technical Support Engineer", "support"),
        ("Kundenberater (m/w/d)", "support"),
        ("Credit Risk Operations Associate", "finance"),
        ("Tax Lead", "finance"),
        ("Technical Recruiter", "hr"),
        ("Compliance Officer", "legal"),
        ("Risk Operations Analyst", "legal"),
        ("Supply Chain Planner", "operations"),
        ("Technical Program Manager, Site Reliability", "operations"),
        ("Agent de sécurité", "operations"),
        ("IT Support Specialist", "it"),
        ("Software Engineer, Security", "security"),
        ("Security Analyst", "security"),
        ("Research Scientist, Language Models", "research"),
        ("Scientist, Cell Biology", "research"),
        ("Registered Nurse", "other"),
        ("Corporate Strategy Manager", "other"),
        ("Join our Talent Pool", "unknown"),
    ],
)
def test_title(title, expected):
    assert function(title) == expected


def test_department_decides_where_the_title_is_neutral():
    found = job_function(document("Coordinator", department="Marketing", pointers={"department": "/departments/0/name"}))
    assert (found.value, found.rule, found.evidence[0].pointer) == ("marketing", "function.department", "/departments/0/name")


def test_team_stands_in_for_a_department_that_says_nothing():
    assert function("Wizard", department="X-17", team="Talent Acquisition") == "hr"


def test_a_clear_title_beats_the_department():
    assert function("Software Engineer", department="Marketing") == "engineering"


def test_text_is_the_last_resort_and_weak():
    text = "As an account executive you win customers.\nOur account executive team is growing."
    found = job_function(document("Wizard Extraordinaire", text))
    assert (found.value, found.rule) == ("sales", "function.text")
    assert found.confidence < 0.5
    quote = found.evidence[0]
    assert text[quote.start : quote.end] == quote.quote == "account executive"


def test_nothing_known_is_unknown():
    assert function("Xyzzy") == "unknown"
    assert function("") == "unknown"


def test_every_label_of_the_table_is_a_function():
    with (Path(__file__).parents[1] / "data" / "title_functions.csv").open(encoding="utf-8") as file:
        labels = {row["label"] for row in csv.DictReader(file)}
    assert labels - {"ignore"} <= {value.value for value in JobFunction}


def test_evidence_is_the_deciding_words_of_the_title():
    quote = job_function(document("Senior Account Executive, Iberia")).evidence[0]
    assert (quote.quote, quote.start, quote.end) == ("Account Executive", 7, 24)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("フロントエンドエンジニア", "engineering"),
        ("新卒営業", "sales"),
        ("【大阪】経理担当", "finance"),
        ("エンジニア（営業支援）", "engineering"),
        ("データエンジニア", "engineering"),
        ("セールスエンジニア", "sales"),
        ("高级前端工程师", "engineering"),
        ("海外销售经理", "sales"),
        ("客户开发专员", "sales"),
        ("高级产品经理", "product"),
        ("产品销售", "sales"),
        ("资深法务", "legal"),
        ("销售运营专员", "revops"),
        ("技術営業（名古屋） - 物流", "sales"),
        ("リクルーター / エンジニア", "hr"),
        ("Backend Engineer / 営業", "engineering"),
        ("市场研究专员", "marketing"),
        ("招聘专员", "hr"),
        ("技术招聘", "hr"),
        ("招聘销售主管", "sales"),
        ("诚聘会计", "finance"),
        ("招聘平台后端工程师", "engineering"),
        ("小程序开发工程师", "engineering"),
        ("高级游戏开发", "engineering"),
        ("安卓系统开发", "engineering"),
        ("情報セキュリティスタッフ", "security"),
        ("セキュリティガード", "operations"),
        ("数据录入员", "operations"),
    ],
)
def test_a_title_without_spaces(title: str, expected: str) -> None:
    assert function(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "法人事業部",
        "個人事業主",
        "生产品质",
        "课程开发",
        "房地产开发",
        "开发区",
        "研究生",
        "研究所",
        "データセンター",
        "東京",
        "アルバイト",
        "供应商开发",
        "服装开发专员",
        "开发",
        "招聘司机",
        "诚聘厨师",
        "农产品包装",
        "水产品加工",
        "研究室事務",
        "菜市场保安",
        "税務署受付",
        "法務局窓口",
        "数据中心",
    ],
)
def test_words_inside_others_of_a_title_without_spaces_say_nothing(title: str) -> None:
    assert function(title) == "unknown"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Dental Practice Manager", "operations"),
        ("Plant Manager, Nights", "operations"),
        ("Document Control Specialist", "operations"),
        ("Senior Case Worker", "other"),
        ("Town Planner II", "other"),
        ("Jefe de Mercadotecnia", "marketing"),
        ("Financieel Medewerker", "finance"),
        ("Sachbearbeitung Export", "operations"),
        ("Servicetechniker (m/w/d)", "operations"),
        ("Verzorgende IG", "other"),
        ("販売スタッフ", "sales"),
    ],
)
def test_jobs_of_clinics_plants_and_offices(title: str, expected: str) -> None:
    assert function(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Supply Planner", "operations"),
        ("Human Resource Manager", "hr"),
        ("Incident Response Engineer", "security"),
        ("Peer Review Analyst", "data"),
        ("Account Manager", "sales"),
        ("Urban Designer", "design"),
        ("Plant Scientist", "data"),
        ("Night Porter", "operations"),
        ("Security Incident Manager", "security"),
        ("Practice Manager, Software Engineering", "engineering"),
        ("Resource Manager, Data Science", "data"),
        ("Sachbearbeitung Personal", "hr"),
    ],
)
def test_neighbours_of_those_keep_their_function(title: str, expected: str) -> None:
    assert function(title) == expected
