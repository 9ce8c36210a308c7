"""The matcher: word boundaries, case, ambiguous names for and against, sections, the company itself."""

import html
import itertools
import json
import operator
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.vocabulary.values import SkillTerm, Vocabulary
from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.document import Document, Section, SectionKind
from extraction.rules.skill_cues import CueKind, cue_phrases
from extraction.rules.skill_index import Case, Form, Name, Span
from extraction.rules.skills import Matcher, _longest
from extraction.sections import split_sections
from extraction.text import clean_html
from ingestion.ats.base import Posting


@pytest.fixture(scope="module")
def matcher():
    return Matcher(read_vocabulary())


def document(text: str, *, company: str = "Initech", source_key: str = "initech", kind: SectionKind = SectionKind.OTHER) -> Document:
    return Document(
        posting=Posting(source_job_id="1", title="", url=""),
        text=text,
        sections=[Section(kind, "", 0, len(text))],
        company_name=company,
        source_key=source_key,
    )


def names(matcher: Matcher, text: str, **options) -> set[str]:
    return {match.term.name for match in matcher.match(document(text, **options))}


def tools(matcher: Matcher, text: str, **options) -> set[str]:
    return {match.term.name for match in matcher.match(document(text, **options)) if match.term.kind == "tool"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C++ and C# or .NET", {"C++", "C#", ".NET"}),
        ("ASP.NET, Node.js; Vue.js", {".NET", "Node.js", "Vue.js"}),
        ("Salesforce/HubSpot/Marketo", {"Salesforce", "HubSpot", "Marketo"}),
        ("(Kubernetes)", {"Kubernetes"}),
        ("“Salesforce”, ‘HubSpot’", {"Salesforce", "HubSpot"}),
        ("Erfahrung mit Salesforce-Reports", {"Salesforce"}),
        ("Salesforceの経験", {"Salesforce"}),
        ("Опыт работы с Kubernetes", {"Kubernetes"}),
        ("Salesforces", set()),
        ("Javanese dances", set()),
        ("the net result", set()),
        ("źPython", set()),
        ("Power\nBI", set()),
        ("https://salesforce.com/careers or jobs@hubspot.com", set()),
        ("hubspot and kubernetes", {"HubSpot", "Kubernetes"}),
        ("Google Analytics 4", {"Google Analytics"}),
        ("Microsoft Dynamics 365", {"Microsoft Dynamics 365"}),
        ("Oracle Eloqua", {"Oracle Eloqua"}),
    ],
)
def test_whole_words_and_the_longest_name(matcher, text, expected):
    assert tools(matcher, text) == expected


def test_a_match_says_where_it_stands(matcher):
    text = "• Maîtrise de “HubSpot”, K8s"
    matches = matcher.match(document(text, kind=SectionKind.REQUIREMENTS))
    assert [(m.term.name, m.surface, m.section) for m in matches] == [
        ("HubSpot", "HubSpot", SectionKind.REQUIREMENTS),
        ("Kubernetes", "K8s", SectionKind.REQUIREMENTS),
    ]
    assert all(text[m.start : m.end] == m.surface for m in matches)


def test_every_place_is_reported(matcher):
    assert [m.start for m in matcher.match(document("Python here, Python there"))] == [0, 13]


# (name, sentences in which it is the tool, sentences in which it is not)
AMBIGUOUS = [
    ("Go", ["Experience with Go or Rust", "Python, Go, Java"], ["Own our Go-to-market", "Go above and beyond", "ready for Go live"]),
    ("R", ["Strong in SQL and R", "Python or R"], ["Our R&D team", "R. Smith leads it", "Part R of the form"]),
    ("C", ["programming in C or C++"], ["reports to the C-suite", "a Series C company", "Vitamin C is free"]),
    ("Swift", ["iOS development with Kotlin and Swift"], ["Swift action is what we value", "Taylor Swift tickets"]),
    ("Rust", ["written in Rust"], ["Rust removal on ships"]),
    ("Ruby", ["Ruby developer wanted"], ["You report to Ruby Chen"]),
    ("Scala", ["Spark, Kafka, Scala"], ["Teatro alla Scala in Milan"]),
    ("Julia", ["Python, R, Julia"], ["Julia will interview you"]),
    ("Spring", ["Java and Spring experience"], ["We start in Spring", "over Spring break"]),
    ("React", ["frameworks such as React"], ["React quickly to customers"]),
    ("Express", ["Node.js, Express, MongoDB"], ["Express yourself freely"]),
    ("Flask", ["We use Django and Flask"], ["a Flask of coffee"]),
    ("Chef", ["Terraform, Chef, Puppet"], ["Our Chef cooks daily", "the Sous Chef"]),
    ("HashiCorp Vault", ["Terraform, Vault, Consul"], ["Vault of the bank"]),
    ("Kong", ["Kong API gateway"], ["our Hong Kong office"]),
    ("Apache Spark", ["Kafka and Spark"], ["Spark joy every day"]),
    ("Microsoft Excel", ["proficient in Excel", "Excel, PowerPoint"], ["Excel in a fast-paced team", "you will Excel here"]),
    ("Microsoft Word", ["good Excel and Word"], ["Word of mouth matters"]),
    ("Microsoft Access", ["knowledge of Access"], ["Access to a gym", "Access for all"]),
    ("Microsoft Teams", ["Slack, Zoom, Teams"], ["Teams across the globe"]),
    ("Microsoft Outlook", ["Word, Excel, Outlook"], ["the Outlook is bright"]),
    ("Slack", ["Jira, Slack"], ["Slack time is useful"]),
    ("Notion", ["tools like Notion"], ["the Notion of fairness"]),
    ("Monday.com", ["Asana, Monday, Jira"], ["Monday to Friday", "every Monday"]),
    ("Linear", ["Jira or Linear"], ["Linear algebra is used"]),
    ("Zoom", ["We meet in Slack and Zoom"], ["Zoom in on details"]),
    ("Outreach", ["Salesforce, Outreach, Gong", "experience with Outreach"], ["Outreach to prospects", "Community Outreach is key"]),
    ("Gong", ["Gong.io calls", "Salesloft, Gong"], ["ring the Gong when you win"]),
    ("Clay", ["ZoomInfo, Clay, Apollo.io"], ["You will work for Clay Davis", "Clay pots"]),
    ("Segment", ["Segment, Amplitude and Mixpanel"], ["Segment customers by size", "the Enterprise Segment"]),
    ("Close CRM", ["Close.io", "Close CRM"], ["Close deals fast", "Close to home"]),
    ("Apollo.io", ["Apollo.io", "ZoomInfo and Apollo"], ["the Apollo programme"]),
    ("Drift", ["HubSpot, Drift"], ["Drift is what we avoid"]),
    ("Census", ["Hightouch or Census"], ["the Census of 2030"]),
    ("Seismic", ["Highspot, Seismic"], ["a Seismic shift"]),
    ("Snowflake", ["Snowflake and dbt", "BigQuery, Snowflake"], ["every Snowflake is unique"]),
    ("Looker", ["Looker dashboards", "Tableau or Looker"], ["a good Looker on", "every Looker at the window"]),
    ("Front", ["Zendesk, Intercom, Front"], ["Front desk hours", "in Front of customers", "up Front costs"]),
    ("Box", ["file sharing tools such as Box", "Google Drive, Box"], ["think outside the Box", "Box lunches on Fridays"]),
    ("Puppet", ["Ansible, Puppet, Chef"], ["a Puppet theatre for children"]),
    ("Loom", ["Slack, Notion, Loom"], ["deadlines Loom large"]),
    ("Heap", ["Amplitude, Heap, Mixpanel"], ["the top of the Heap"]),
    ("Copper CRM", ["CRM such as Copper"], ["Copper wires and pipes"]),
    ("Groove", ["Salesloft, Groove, Outreach"], ["get into the Groove quickly"]),
    ("Gusto", ["payroll in Gusto or Rippling"], ["Full of Gusto we start"]),
    ("Mode Analytics", ["Looker, Mode, Tableau"], ["Mode of work: hybrid"]),
    ("Amplitude", ["Mixpanel, Amplitude"], ["the Amplitude of the signal"]),
    ("Lever", ["our ATS such as Lever", "Ashby, Greenhouse, Lever"], ["Lever growth", "pull every Lever"]),
    ("Greenhouse", ["Greenhouse ATS"], ["a Greenhouse for plants"]),
    ("Workday", ["Workday, SAP"], ["a normal Workday"]),
    ("Ramp", ["NetSuite, Ramp"], ["Ramp up quickly"]),
    ("Make", ["Zapier, Make, n8n"], ["Make sure it works", "Make an impact"]),
    ("Stripe", ["experience with Stripe"], ["a Stripe of colour"]),
    ("Square", ["Adyen, Square, Stripe"], ["Times Square", "10,000 Square feet"]),
    ("Sage", ["QuickBooks, Xero, Sage"], ["Sage advice"]),
    ("LinkedIn", ["experience with LinkedIn"], ["Follow us on LinkedIn"]),
    ("Less", ["preprocessors (Sass and Less)"], ["Less is more"]),
    ("Constant Contact", ["Use Constant Contact daily"], ["in constant contact with clients"]),
    ("Tableau", ["SQL, Tableau"], ["un tableau de bord"]),
]


@pytest.mark.parametrize(("name", "sentence"), [(name, s) for name, meant, _ in AMBIGUOUS for s in meant])
def test_an_ambiguous_name_in_its_context_counts(matcher, name, sentence):
    assert name in tools(matcher, sentence)


@pytest.mark.parametrize(("name", "sentence"), [(name, s) for name, _, not_meant in AMBIGUOUS for s in not_meant])
def test_an_ambiguous_name_as_a_word_does_not_count(matcher, name, sentence):
    assert name not in tools(matcher, sentence)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fluent in English and German", {"English", "German"}),
        ("Französisch und Englisch fließend", {"French", "English"}),
        ("Anglais courant, espagnol niveau B2", {"English", "Spanish"}),
        ("the German market", set()),
        ("a Polish start-up", set()),
    ],
)
def test_spoken_languages_need_a_word_about_speaking(matcher, text, expected):
    found = {m.term.name for m in matcher.match(document(text)) if m.term.category == "spoken_language"}
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("managing pipeline and MEDDPICC", {"pipeline management", "MEDDIC"}),
        ("sales cycles", {"sales process"}),
        ("feel safe at work", set()),
        ("SAFe and Scrum experience", {"SAFe", "Scrum"}),
        ("sem experiência", set()),
        ("experience in compliance", {"regulatory compliance"}),
        ("in compliance with the law", set()),
        ("work with data science teams", set()),
        ("data science and SEO", {"data science", "SEO"}),
        ("paid in CAD $90,000", set()),
        ("complex system integrations", {"systems integration"}),
        ("reverse engineering of old chips", {"reverse engineering"}),
        ("CFE, PCI or an investigator's certificate; PCI Express cards", set()),
        ("knowledge of PCI standards", {"PCI DSS"}),
    ],
)
def test_skills(matcher, text, expected):
    assert names(matcher, text) == expected


@pytest.mark.parametrize("kind", [SectionKind.BENEFITS, SectionKind.COMPENSATION, SectionKind.LEGAL])
def test_what_is_offered_is_no_skill(matcher, kind):
    assert names(matcher, "Udemy courses, Salesforce training, negotiation", kind=kind) == set()


def test_about_the_company_only_what_it_says_to_use(matcher):
    assert names(matcher, "Our product connects Salesforce and HubSpot.", kind=SectionKind.ABOUT) == set()
    assert tools(matcher, "Our tech stack: Python, Kubernetes", kind=SectionKind.ABOUT) == {"Python", "Kubernetes"}


@pytest.mark.parametrize(
    "text",
    [
        "Trusted by companies like Zendesk and Datadog.",
        "Global brands including Walmart, Uber, Zendesk use it.",
        "Our customers include Datadog.",
        "des entreprises telles que Datadog",
    ],
)
def test_customers_are_no_tools(matcher, text):
    assert tools(matcher, text) == set()


@pytest.mark.parametrize(
    ("company", "source_key", "text", "expected"),
    [
        ("HubSpot", "hubspot", "Sell HubSpot with Salesforce", {"Salesforce"}),
        ("HubSpot, Inc.", "x", "HubSpot Sales Hub and Salesforce", {"Salesforce"}),
        ("Datadog GmbH", "x", "Datadog and Kubernetes", {"Kubernetes"}),
        ("", "gitlab", "GitLab CI and Docker", {"Docker"}),
        ("Apollo", "apolloio", "Apollo.io and ZoomInfo", {"ZoomInfo"}),
        ("Git", "git", "GitHub", {"GitHub"}),
    ],
)
def test_the_company_is_no_tool_of_its_own_jobs(matcher, company, source_key, text, expected):
    assert tools(matcher, text, company=company, source_key=source_key) == expected


def test_a_small_vocabulary_knows_only_its_terms():
    matcher = Matcher(Vocabulary((SkillTerm("Zap", "tool", "ipaas", ("Zap It",), frozenset({"Zap"})),), "v1"))
    assert matcher.version == "v1"
    assert [m.surface for m in matcher.match(document("Zap It now, experience with Zap, Zap!"))] == ["Zap It", "Zap", "Zap"]
    assert matcher.match(document("They Zap flies")) == []


def test_an_empty_text_and_an_empty_vocabulary(matcher):
    assert Matcher(Vocabulary((), "v")).match(document("Python")) == []
    assert matcher.match(document("")) == []


def test_every_kind_of_cue_is_in_use():
    assert {kind for _, kind in cue_phrases()} == set(CueKind)


@pytest.mark.parametrize("filler", [" ", "1,", "C++ ", "Go, ", "experience with ", "fluent English ", "Make\n", "a" * 7])
def test_work_grows_with_the_text_only_linearly(matcher, filler):
    def calls(length: int) -> int:
        count = 0

        def count_call(_frame, event, _argument):
            nonlocal count
            count += event in ("call", "c_call")

        text = (filler * length)[:length]
        sys.setprofile(count_call)
        try:
            matcher.match(document(text))
        finally:
            sys.setprofile(None)
        return count

    assert calls(20_000) < 5 * calls(5_000)


def test_spans_are_exact_on_random_text(matcher):
    rng = random.Random(7)
    words = ["Go", "R", "C++", ".NET", "Salesforce", "“Gong”", "ł", "の", "•", "\n", ",", "experience with", "Make", "SQL", "İstanbul"]
    for _ in range(200):
        text = " ".join(rng.choices(words, k=40))
        matches = matcher.match(document(text))
        assert all(text[m.start : m.end] == m.surface for m in matches)
        assert all(one.end <= other.start for one, other in itertools.pairwise(matches))


def test_no_match_on_real_postings_is_inexact_or_the_company(matcher, data_dir):
    for path in sorted((data_dir / "ats" / "greenhouse").glob("*.json")):
        for job in json.loads(path.read_text(encoding="utf-8"))["jobs"][::10]:
            text = clean_html(html.unescape(job["content"]))
            posting = Posting(source_job_id=str(job["id"]), title=job["title"], url="")
            found = matcher.match(Document(posting, text, split_sections(text), path.stem, "greenhouse", path.stem))
            assert all(text[m.start : m.end] == m.surface for m in found)
            assert not any(m.term.kind == "tool" and m.surface.lower().startswith(path.stem) for m in found)


@pytest.mark.parametrize(
    "text",
    [
        "Your plans will be felt by Customer Success, Legal and software teams alike.",
        "Work with Product Marketing and Sales Operations on launches",
        "You report to the VP of Revenue Operations.",
        "Customer Success Manager",
        "Give demos of our marketing automation platform to buyers",
        "Show e-commerce marketers what we do",
    ],
)
def test_departments_and_what_the_company_sells_are_no_skills(matcher, text):
    assert names(matcher, text) == set()


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("5 years in customer success or consulting", "customer success"),
        ("Experience with Customer Success is a must", "customer success"),
        ("Sales Operations experience", "sales operations"),
        ("Degree in Finance, Accounting or Economics", "accounting"),
        ("You have set up marketing automation before", "marketing automation"),
    ],
)
def test_what_departments_do_is_a_skill_where_it_is_asked_for(matcher, text, skill):
    assert skill in names(matcher, text)


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Review your calls in Gong and act on the feedback", "Gong"),
        ("Keep Notion up to date so that all can see where things stand", "Notion"),
        ("Push usage data back with Census, so that sales can see it", "Census"),
        ("Keep the website fresh in Sanity", "Sanity.io"),
        ("You have worked with React or a similar framework", "React"),
    ],
)
def test_what_work_is_done_with_is_a_tool(matcher, text, tool):
    assert tools(matcher, text) == {tool}


@pytest.mark.parametrize(
    "text", ["We start in Spring and end in Fall", "Live in Linear Park", "work in Notion Valley", "with sanity and calm"]
)
def test_a_place_a_season_or_a_plain_word_is_no_tool(matcher, text):
    assert tools(matcher, text) == set()


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Partner closely with product, risk management and our legal colleagues", "risk management"),
        ("Collaborate with engineering, data science, and customer support to ship", "data science"),
        ("Align the rollout across backend, machine learning, and web teams", "machine learning"),
        ("We hire another DevOps engineer this year", "DevOps"),
        ("The Department of Biology runs the lab", "biology"),
        ("Framzo operates a performance marketing platform for shops", "performance marketing"),
        ("You report to the head of demand generation", "demand generation"),
        ("We offer services on demand such as ride-hailing and last-mile delivery", "last-mile delivery"),
        ("Who we are\n• We provide cold calling for shops", "cold calling"),
        ("Framzo is an agency. Our services include SEO and content marketing", "content marketing"),
        ("Work closely with Enterprise Sales and Solutions Engineering on flagship accounts", "enterprise sales"),
        ("Partner with MLOps to keep models in order", "MLOps"),
        ("This role is not focused on cold calling or business development", "business development"),
    ],
)
def test_people_and_products_of_that_name_are_no_skills(matcher, text, skill):
    assert skill not in names(matcher, text)


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Experience in risk management and audits", "risk management"),
        ("Partner with teams to build machine learning models", "machine learning"),
        ("You know DevOps, networking and security", "DevOps"),
        ("Experience with a performance marketing platform", "performance marketing"),
        ("Work with customers on data quality issues", "data quality"),
        ("Experience in financial services or banking", "financial services"),
        ("Certified as PMP or PRINCE2", "PRINCE2"),
        ("We offer shops a marketplace. You know last-mile delivery", "last-mile delivery"),
        ("We offer a seat to people with experience in last-mile delivery", "last-mile delivery"),
        ("You bring what we offer to market by cold calling", "cold calling"),
        ("Our services include design; content marketing is your part", "content marketing"),
        ("Wir bieten Beratung, du machst Content Marketing", "content marketing"),
        ("We offer you a desk where Python is written", "Python"),
        ("Experience working with machine learning at scale", "machine learning"),
    ],
)
def test_skills_next_to_such_words_stay_skills(matcher, text, skill):
    assert skill in names(matcher, text)


def test_many_documents_at_once_give_the_same(matcher):
    documents = [document("Salesforce and SQL"), document(""), document("Go above; experience with Go")]
    assert matcher.match_all(documents) == [matcher.match(each) for each in documents]
    assert matcher.match_all([]) == []


_FORM = Form("Acme", SkillTerm("Acme", "tool", "crm"), False, Case.ANY, False, True, False)


def longest_by_start(written: list[Name], blocks: list[Span]) -> list[Name]:
    """What `_longest` means: the longest phrase at each place, a name before an equal block; then from left to right."""
    claims = sorted([*((start, -end, True, None) for start, end in blocks), *((start, -end, False, form) for start, end, form in written)])
    kept, reached = [], 0
    for start, minus_end, _, form in claims:
        if start >= reached:
            reached = -minus_end
            kept.append((start, reached, form))
    return [(start, end, form) for start, end, form in kept if form is not None]


_SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)).map(lambda at: (at[0], at[0] + at[1])), unique=True, max_size=12)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(_SPANS, _SPANS)
def test_the_longest_phrase_from_left_to_right_hides_what_it_overlaps(names_at, blocks):
    names_at.sort(key=operator.itemgetter(1))
    blocks.sort(key=operator.itemgetter(1))
    written = [(start, end, _FORM) for start, end in names_at]
    assert _longest(written, blocks) == longest_by_start(written, blocks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HubSpot is not required.", set()),
        ("HubSpot experience is not required.", set()),
        ("HubSpot is required. Marketo is not needed.", {"HubSpot"}),
        ("We do not use Marketo.", set()),
        ("We don't use Jira, but Notion and Tableau.", {"Notion", "Tableau"}),
        ("No Tableau needed.", set()),
        ("We migrated away from Jira.", set()),
        ("We moved away from Jira to Notion.", {"Notion"}),
        ("We moved away from Jira; Notion and Tableau are ours.", {"Notion", "Tableau"}),
        ("Our competitors include Gong and Clari.", set()),
        ("Our competitors include Gong; you work in HubSpot every day.", {"HubSpot"}),
        ("An alternative to Jira, Notion and Tableau.", {"Notion", "Tableau"}),
        ("Must have:\nSalesforce\nTableau\nNot required:\nHubSpot", {"Salesforce", "Tableau", "HubSpot"}),
        ("HubSpot experience\nNot required: Tableau", {"HubSpot", "Tableau"}),
        ("HubSpot is not required but a plus.", {"HubSpot"}),
        ("HubSpot is not required, but helpful.", {"HubSpot"}),
        ("HubSpot is not required (nice to have).", {"HubSpot"}),
        ("HubSpot not required, preferred.", {"HubSpot"}),
        ("HubSpot is not necessary though it is used daily.", {"HubSpot"}),
        ("HubSpot ist nicht erforderlich, aber von Vorteil.", {"HubSpot"}),
        ("HubSpot is not required for this role.", set()),
        ("You work in HubSpot every day.", {"HubSpot"}),
        ("Atualizar os processos no Salesforce.", {"Salesforce"}),
        ("Not only Salesforce but also HubSpot.", {"Salesforce", "HubSpot"}),
    ],
)
def test_a_tool_that_is_not_asked_for(matcher, text, expected):
    assert tools(matcher, text) == expected


def test_taxes_and_contracts_of_pay_are_no_skills(matcher):
    assert names(matcher, "Salary: £500 per day plus VAT on a B2B contract.") == set()
    assert "VAT" in names(matcher, "You prepare VAT returns.")
    assert "B2B" in names(matcher, "Experience with B2B contracts.")
