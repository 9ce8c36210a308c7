import pytest

from extraction.rules.employment import employment_type
from extraction.tests.documents import a_document
from ingestion.ats.base import StatedField


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Full-time", "full_time"),
        ("Fulltime", "full_time"),
        ("Regular", "full_time"),
        ("CDI", "full_time"),
        ("Unbefristet", "full_time"),
        ("Unlimited Contract", "full_time"),
        ("FTE - Regular", "full_time"),
        ("Perm - Full-time", "full_time"),
        ("CDD", "temporary"),
        ("Fixed Term", "temporary"),
        ("befristet", "temporary"),
        ("Contractor", "contract"),
        ("Freelance", "contract"),
        ("Part-time contract", "contract"),
        ("Part-time", "part_time"),
        ("Teilzeit", "part_time"),
        ("Stage de fin d'études", "internship"),
        ("Alternance", "internship"),
        ("Werkstudent", "internship"),
        ("Intern (full-time)", "internship"),
        ("Permanent / Contract", "unknown"),
        ("Full-time or part-time", "unknown"),
    ],
)
def test_commitment_field(field: str, value: str) -> None:
    assert employment_type(a_document(employment_type=field)).value.value == value


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("Data Intern", "internship"),
        ("ÜRÜN EKİBİ - İNTERN", "internship"),
        ("Kasa Görevlisi - PART TİME", "part_time"),
        ("Stagiaire Marketing (H/F)", "internship"),
        ("Nurse (Part-Time)", "part_time"),
        ("Freelance Illustrator", "contract"),
        ("Java Developer (Contract)", "contract"),
        ("Recruiter - 12 month contract", "temporary"),
        ("Recruiter (Fixed Term)", "temporary"),
        ("Contract Manager", "unknown"),
        ("Smart Contract Engineer", "unknown"),
        ("Internal Auditor", "unknown"),
        ("International Sales Lead", "unknown"),
    ],
)
def test_title(title: str, value: str) -> None:
    assert employment_type(a_document(title=title)).value.value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("This is a full-time position.", "full_time"),
        ("Job Type: Full-time", "full_time"),
        ("You work 40 hours a week.", "full_time"),
        ("Contrat : CDI, à temps plein.", "full_time"),
        ("Die Stelle ist unbefristet und in Vollzeit.", "full_time"),
        ("Contrato indefinido y jornada completa.", "full_time"),
        ("This is a part-time role of 20 hours.", "part_time"),
        ("6 months contract with extension.", "contract"),
        ("You will be an independent contractor.", "contract"),
        ("A temporary position for the summer.", "temporary"),
        ("Our paid internship program runs for ten weeks.", "internship"),
        ("Job types: Part-time position or full-time position.", "unknown"),
        ("Benefits for all full-time employees.", "unknown"),
        ("Potential to transition to full-time.", "unknown"),
        ("You negotiate contract terms with vendors and contractors.", "unknown"),
        ("Three years of full-time experience.", "unknown"),
        ("Mentor our interns and internal staff at every stage of growth.", "unknown"),
    ],
)
def test_text(text: str, value: str) -> None:
    assert employment_type(a_document(text)).value.value == value


def test_field_beats_title_and_text() -> None:
    document = a_document("This is a part-time role.", title="Driver (Part-time)", employment_type="Full-time")
    assert employment_type(document).value.value == "full_time"


def test_employers_own_field() -> None:
    field = StatedField(name="Contract Type", value="Permanent", pointer="/metadata/2/value")
    finding = employment_type(a_document(fields=(field,)))
    assert (finding.value.value, finding.evidence[0].pointer) == ("full_time", "/metadata/2/value")


def test_text_evidence_is_a_span_of_the_text() -> None:
    document = a_document("Who we are.\nThis Full-Time Role is in Rome.")
    evidence = employment_type(document).evidence[0]
    assert document.text[evidence.start : evidence.end] == evidence.quote


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Not a contract role.", "unknown"),
        ("This is not a contract position. Full-time.", "full_time"),
        ("This is not a temporary position.", "unknown"),
        ("No C2C, no 1099.", "unknown"),
        ("This is a contract position.", "contract"),
        ("This is a six month contract, not remote.", "contract"),
    ],
)
def test_a_kind_that_is_denied_says_nothing(text: str, value: str) -> None:
    assert employment_type(a_document(text)).value.value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("This is a permanent part time position", "part_time"),
        ("This is a permanent part-time role, 20 hours", "part_time"),
        ("Employment type: Permanent part-time", "part_time"),
        ("Position: permanent, part-time", "part_time"),
        ("Seeking a permanent part-time cook", "part_time"),
        ("Employment type: permanent", "full_time"),
        ("This is a permanent position", "full_time"),
        ("Join us on a permanent basis", "full_time"),
        ("You will be hired on an ongoing permanent basis", "full_time"),
        ("A part-time role on a permanent basis", "part_time"),
        ("A temporary role that may be extended on a permanent basis", "temporary"),
        ("Fixed-term contract for 11 months", "temporary"),
        ("Fixed term contract: 6 months", "temporary"),
        ("Temporary contract for 3 months", "temporary"),
        ("Contract for 9 months", "contract"),
        ("A 6-month contract", "contract"),
        ("This is a temporary appointment until May", "temporary"),
        ("This is a temporary, full-time position", "temporary"),
        ("FT position with benefits", "full_time"),
        ("A full-time appointment", "full_time"),
        ("Regular part-time role", "part_time"),
        ("This is a regular part-time job", "part_time"),
        ("You are hired on a permanent basis", "full_time"),
        ("FT role in payroll", "full_time"),
    ],
)
def test_what_other_words_say(text: str, value: str) -> None:
    assert employment_type(a_document(text)).value.value == value


@pytest.mark.parametrize(
    "text",
    [
        "This is a permanent full-time or part-time position",
        "Open to a PT/FT position",
        "You sell shift roles to nurses",
        "Doctors see people by appointment",
        "A warehouse of 3,000 sq ft",
        "Permanent residents may apply",
        "Contract law for 3 years",
        "A permanent exhibition of tools",
        "Archive files on a permanent basis",
        "People who moved here on a permanent basis",
        "A 25 ft position light",
        "FT role models",
        "Lift a 16 ft role",
        "Freelance by appointment",
        "Book a temporary appointment",
        "Sort contract signing appointments",
        "A permanent appointment desk at the clinic",
        "We check seasonal work visas",
        "Lay out temporary work sites",
        "Authorized to work in Canada on a permanent basis",
        "The right to live here and be in the team on a permanent basis",
    ],
)
def test_words_that_only_seem_to_be_a_kind(text: str) -> None:
    assert employment_type(a_document(text)).value.value == "unknown"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("We are looking for a freelancer who knows sound.", "contract"),
        ("You work as a freelancer.", "contract"),
        ("Paid on a W-2 contract.", "contract"),
        ("Self-employed, with a van of your own.", "contract"),
        ("Wir suchen einen freien Mitarbeiter.", "contract"),
        ("Freiberufliches Projekt ab Mai.", "contract"),
        ("Inzet als zzp'er.", "contract"),
        ("Interim opdracht van zes maanden.", "contract"),
        ("Mission freelance de 3 mois.", "contract"),
        ("Vínculo: PJ", "contract"),
        ("0.4 FTE", "part_time"),
        ("Minijob, etwa neun Stunden", "part_time"),
        ("Jornada parcial por las tardes.", "part_time"),
        ("Parttime, in de avond.", "part_time"),
        ("Nulurencontract", "part_time"),
        ("Seasonal (May to August)", "temporary"),
        ("A limited-term job of two years.", "temporary"),
        ("Intérim de 2 mois.", "temporary"),
        ("1.0 FTE", "full_time"),
        ("Status: FT/Non-exempt", "full_time"),
        ("Contrato sem termo.", "full_time"),
        ("Contrato CLT.", "full_time"),
        ("Hours: 38 per week, permanent", "full_time"),
        ("In Voll- oder Teilzeit.", "unknown"),
        ("Teilzeit (25 Std.), unbefristet", "part_time"),
        ("Temps partiel, en CDI", "part_time"),
        ("Full-time or part-time, permanent", "unknown"),
        ("Mi-temps.", "part_time"),
        ("Auf Minijob-Basis.", "part_time"),
        ("Vollzeit. Du betreust unsere Minijob-Agentur.", "full_time"),
        ("Teilzeit oder Vollzeit, unbefristet", "unknown"),
        ("Contrat en intérim.", "temporary"),
        ("We are hiring part-time bakers.", "part_time"),
        ("Freelance, 5 months.", "contract"),
        ("£400 a day, outside IR35", "contract"),
    ],
)
def test_kinds_in_other_words(text: str, value: str) -> None:
    assert employment_type(a_document(text)).value.value == value


@pytest.mark.parametrize(
    "text",
    [
        "You supervise nine part-time tellers.",
        "You hire and train part-time cooks.",
        "Schedule full-time and part-time guards.",
        "Manage contracts with part-time suppliers.",
        "You brief freelancers and agencies.",
        "Lending to the self-employed.",
        "Steuern für Selbstständige.",
        "Du arbeitest selbstständig und genau.",
        "Je werkt zelfstandig en nauwkeurig.",
        "Een zelfstandige werker die meedenkt.",
        "Interim results are published in May.",
        "Une agence d'intérim.",
        "A team of 0.5 FTE.",
        "You lead 12.0 FTE.",
        "0.8 FTE of our team does research.",
        "Limited-term warranty claims.",
        "Seasonal vegetables, cooked by you.",
        "Obrigado, sem termo de comparação.",
        "Salaris bij een fulltime dienstverband: € 3.000.",
        "Parttime medewerkers en studenten",
        "Knowledge of IR35 rules",
        "Freelance networks are our customers.",
        "Our clients are self-employed.",
        "Experience as a freelancer helps you.",
        "Une expérience en intérim est appréciée.",
        "Kein Minijob.",
        "We have 0.6 FTE kitchen help.",
        "Seasonal, local soups.",
        "Limited-term policies for farmers.",
        "You file W-2 contract data.",
        "Zzp'er solliciteren is niet nodig.",
        "Je plant oproepkrachten en een oproepkracht helpt.",
        "Parttime studenten helpen je.",
    ],
)
def test_words_of_employment_about_others(text: str) -> None:
    assert employment_type(a_document(text)).value.value == "unknown"


def test_an_interim_job_on_own_account_is_a_contract() -> None:
    assert employment_type(a_document("A freelance position.", title="Interim Head of Tax")).value.value == "contract"
    assert employment_type(a_document("You report to the board.", title="Interim Clerk")).value.value == "temporary"
    assert employment_type(a_document("A 6 month contract.", title="Interim Clerk")).value.value == "temporary"
