import pytest

from extraction.rules.remote import remote_type
from extraction.tests.documents import a_document
from ingestion.ats.base import StatedField


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("This is a fully remote position within Canada.", "remote"),
        ("You can work from anywhere in Europe.", "remote"),
        ("Work location: Remote", "remote"),
        ("100% telecommuting permitted.", "remote"),
        ("Poste en 100% télétravail.", "remote"),
        ("Trabajo 100% remoto desde México.", "remote"),
        ("You are free to choose where you work.", "remote"),
        ("This hybrid role asks for three days a week in our office.", "hybrid"),
        ("We are in the office 2 days per week.", "hybrid"),
        ("This role requires in-office participation three (3) days per week.", "hybrid"),
        ("50% telecommuting permitted.", "hybrid"),
        ("Work from home options are available.", "hybrid"),
        ("2 Tage pro Woche Home-Office sind möglich.", "hybrid"),
        ("Télétravail possible.", "hybrid"),
        ("Great perks. #LI-Hybrid", "hybrid"),
        ("This is not a remote role.", "onsite"),
        ("Remote work is not possible in this position.", "onsite"),
        ("This position is fully on-site in Leeds.", "onsite"),
        ("You must work 5 days a week in the office.", "onsite"),
        ("#LI-Onsite", "onsite"),
        ("We pay a home office stipend of 500.", "unknown"),
        ("You lead remote teams in Asia.", "unknown"),
        ("Experience with distributed systems and hybrid cloud.", "unknown"),
        ("Remote sensing of crops from satellites.", "unknown"),
        ("There is an onsite gym and free lunch.", "unknown"),
        ("You work in Berlin.", "unknown"),
        ("", "unknown"),
    ],
)
def test_what_the_text_says(text: str, value: str) -> None:
    assert remote_type(a_document(text)).value.value == value


def test_ats_field_counts_unless_the_text_contradicts_it() -> None:
    assert remote_type(a_document("You sell.", work_place_type="on-site")).value.value == "onsite"
    assert remote_type(a_document("This is a fully remote position.", work_place_type="on-site")).value.value == "remote"
    assert remote_type(a_document("Many teams offer hybrid work.", work_place_type="remote")).value.value == "remote"


def test_remote_place_beats_an_onsite_field_but_not_a_hybrid_one() -> None:
    assert remote_type(a_document(job_location="Remote - Spain", work_place_type="onsite")).value.value == "remote"
    assert (
        remote_type(a_document(job_location="Madrid", additional_locations=("Remote",), work_place_type="hybrid")).value.value == "hybrid"
    )


def test_fields_of_the_employer_count() -> None:
    stated = StatedField(name="Workplace Type", value="Remote", pointer="/metadata/0/value")
    finding = remote_type(a_document(fields=(stated,)))
    assert (finding.value.value, finding.evidence[0].pointer) == ("remote", "/metadata/0/value")


@pytest.mark.parametrize(
    ("name", "answer", "value"),
    [
        ("Is Remote?", "True", "remote"),
        ("Remote", "Yes", "remote"),
        ("remote eligible", "true", "remote"),
        ("Is Remote?", "False", "unknown"),
        ("Remote", "No", "unknown"),
        ("Hybrid", "yes", "hybrid"),
        ("Hybrid", "no", "unknown"),
        ("Remote or onsite", "yes", "unknown"),
        ("Remote", "No remote work", "unknown"),
        ("Remote", "No, on-site", "onsite"),
        ("Workplace Type", "yes", "unknown"),
    ],
)
def test_a_yes_means_what_the_field_is_called_and_a_no_nothing(name: str, answer: str, value: str) -> None:
    assert remote_type(a_document(fields=(StatedField(name=name, value=answer, pointer="/metadata/0/value"),))).value.value == value


def test_after_a_no_the_text_is_asked() -> None:
    stated = StatedField(name="Is Remote?", value="False", pointer="/metadata/0/value")
    assert remote_type(a_document("Great perks. #LI-Hybrid", fields=(stated,))).value.value == "hybrid"


def test_commitment_that_offers_both_says_nothing() -> None:
    assert remote_type(a_document(employment_type="Full-time Onsite or Remote")).value.value == "unknown"
    assert remote_type(a_document(employment_type="Full-time: Remote")).value.value == "remote"


@pytest.mark.parametrize(
    ("title", "value"), [("Fitter (HYBRİD)", "hybrid"), ("ONSİTE Fitter", "onsite"), ("Fitter, Hybrıd", "hybrid"), ("Fitter", "unknown")]
)
def test_title_in_letters_of_another_alphabet(title: str, value: str) -> None:
    assert remote_type(a_document(title=title)).value.value == value


def test_title_span() -> None:
    evidence = remote_type(a_document(title="Nurse (Remote)")).evidence[0]
    assert (evidence.quote, evidence.pointer, evidence.start, evidence.end) == ("Remote", "/title", 7, 13)


def test_text_evidence_is_a_span_of_the_text() -> None:
    document = a_document("Intro.\n\nPlease note: this is a Fully Remote job.")
    evidence = remote_type(document).evidence[0]
    assert document.text[evidence.start : evidence.end] == evidence.quote
    assert "Remote" in evidence.quote


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("Not remote - Leeds", "onsite"),
        ("Leeds (no remote)", "onsite"),
        ("Leeds (onsite, not remote)", "onsite"),
        ("Non-remote, Leeds", "onsite"),
        ("Köln, kein Homeoffice", "onsite"),
        ("Lyon (télétravail : non)", "onsite"),
        ("Remote, not in Leeds", "remote"),
        ("Remote (except Leeds)", "remote"),
        ("NO Remote", "remote"),
        ("Oslo, NO / Remote", "remote"),
        ("Oslo, NO Remote", "remote"),
        ("Leeds, NO REMOTE", "onsite"),
        ("Not just remote - Leeds", "remote"),
        ("Not fully remote, Leeds", "unknown"),
        ("Leeds, not 100% remote", "unknown"),
        ("Not currently remote, Leeds", "unknown"),
        ("Notting Hill", "unknown"),
    ],
)
def test_a_place_that_denies_remote_work(place: str, value: str) -> None:
    assert remote_type(a_document(job_location=place)).value.value == value


def test_a_place_that_denies_remote_work_yields_to_one_that_offers_it_and_to_the_field() -> None:
    places = {"job_location": "Leeds (no remote)", "additional_locations": ("Remote - UK",)}
    assert remote_type(a_document(**places)).value.value == "remote"
    assert remote_type(a_document(job_location="Leeds (no remote)", work_place_type="Remote")).value.value == "remote"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Télétravail : non", "onsite"),
        ("Trabalho remoto: não", "onsite"),
        ("Teletrabajo: no", "onsite"),
        ("No teletrabajo.", "onsite"),
        ("Remote work: not possible", "onsite"),
        ("Work from home: No", "onsite"),
        ("Fully remote? No.", "unknown"),
        ("100% remote: no", "unknown"),
        ("Fully remote: no. Three days per week in the office.", "hybrid"),
        ("Remote: No (hybrid, three days in the office)", "hybrid"),
        ("Remote work possible: no", "onsite"),
        ("Remote option: no", "onsite"),
        ("Remote position: no", "onsite"),
        ("Remote: not applicable", "unknown"),
        ("Experience with remote hires: none", "unknown"),
        ("Remote: No", "onsite"),
        ("Homeoffice: nein", "onsite"),
        ("Remote: Yes", "remote"),
        ("Remote work: no problem", "remote"),
        ("Fully remote: no commuting.", "remote"),
        ("Télétravail : oui", "remote"),
        ("Homeoffice: ja", "hybrid"),
        ("Hybrid: no", "unknown"),
        ("No hybrid schedules here.", "unknown"),
        ("This is not a hybrid or remote role.", "onsite"),
        ("We have no office.", "unknown"),
    ],
)
def test_an_answer_behind_a_label(text: str, value: str) -> None:
    assert remote_type(a_document(text)).value.value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 Tage Home Office pro Woche", "hybrid"),
        ("Home Office möglich", "hybrid"),
        ("Home-Office nach Absprache und flexible Zeiten, Option Home Office", "hybrid"),
        ("Expect two days a week working from home", "hybrid"),
        ("Two days in the studio and three days working from home", "hybrid"),
        ("Coach pupils online from the comfort of your own home", "remote"),
        ("Work from your own home with flexible hours", "remote"),
        ("You work part-time from your home and set your hours", "remote"),
        ("WFH every Wednesday", "hybrid"),
        ("We work from home on Fridays", "hybrid"),
        ("Remote Mondays, free fruit", "hybrid"),
        ("Remote role, Monday to Friday", "remote"),
        ("Fully remote Monday through Friday", "remote"),
        ("Work from home Monday - Friday, 9 to 5", "remote"),
        ("Work remotely Monday to Thursday", "remote"),
        ("You must report onsite to our depot once a week", "hybrid"),
        ("Come into the office twice a week", "hybrid"),
        ("Work from home twice a week", "hybrid"),
        ("Must work onsite, five days", "onsite"),
        ("Able to work from home when the children are ill", "hybrid"),
        ("Ability to work remotely as needed", "hybrid"),
        ("The job requires in-office attendance", "onsite"),
        ("The job requires in-office attendance on Tuesdays", "hybrid"),
        ("We are not accepting remote applicants", "onsite"),
        ("We are not hiring remotely at this time", "onsite"),
        ("All of our roles are remote", "remote"),
        ("This position works remotely", "remote"),
        ("This is a telecommuting position", "remote"),
        ("This is not a telecommuting position", "onsite"),
        ("An office-based role in Leeds", "onsite"),
        ("An office-based role with two days at home", "hybrid"),
        ("You work from your own home office in Wales", "remote"),
        ("A regional remote position", "remote"),
        ("Regional/remote job", "remote"),
        ("This is a remote part-time position", "remote"),
        ("$31 an hour, fully remote home office", "remote"),
        ("Be in the office twice a week", "hybrid"),
        ("You work remotely on Fridays", "hybrid"),
    ],
)
def test_what_other_words_say(text: str, value: str) -> None:
    assert remote_type(a_document(text)).value.value == value


@pytest.mark.parametrize(
    "text",
    [
        "Set up your home office with our help",
        "We give you $900 for your home office",
        "A yearly budget to furnish a home office",
        "You sit in our home office in Tulsa",
        "Visit the stores and report to the home office team",
        "Home office supplies are on us",
        "Retailer's home office in Ohio hosts buyers",
        "We reimburse home office costs",
        "Four weeks a year working from anywhere",
        "Enjoy 20 days a year working remotely",
        "Six weeks of working from abroad",
        "3 weeks working from another country",
        "Shoppers order from the comfort of their own home",
        "Our patients are treated in the comfort of their own home",
        "Help families buy their own home",
        "Sell your own home faster with us",
        "Work from your home country with our visa team",
        "On-site yoga class twice a week",
        "On-site massage once a week",
        "Able to fix printers remotely",
        "Ability to support stores remotely",
        "Ready to live in a remote part of the north",
        "Travel to rural and remote schools",
        "A very remote mine",
        "Fly to remote islands and villages",
        "Very remote friendly culture",
        "Rural and remote health services",
        "Some roles are remote",
        "This role works remotely with engineers",
        "Not an office-based role",
        "Meet the whole team twice a week on video",
        "Your own home office can be expensed",
        "A florist comes to the office once a week",
        "Samples are taken to the office twice a week",
        "Visit donors in person once a week",
        "Feed pets at home on Mondays",
        "Twice a week in-person lessons",
        "Wash windows on site once a week",
        "Work in remote parts of the desert",
        "Try on shoes from the comfort of your own home",
    ],
)
def test_words_of_home_and_far_places_that_say_nothing(text: str) -> None:
    assert remote_type(a_document(text)).value.value == "unknown"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30% office, 70% home", "hybrid"),
        ("60 % Büro, 40 % Homeoffice", "hybrid"),
        ("Hybrid in Peckham.", "hybrid"),
        ("You sit in our Oslo office at least six days a month.", "hybrid"),
        ("Telework up to three days per pay period.", "hybrid"),
        ("From the Fort Collins office on Mondays and from your own home office on the other days.", "hybrid"),
        ("Trois jours de télétravail.", "hybrid"),
        ("Télétravail ponctuel.", "hybrid"),
        ("Hybrid, 3 Tage pro Woche im Haus.", "hybrid"),
        ("Homeoffice nach Vereinbarung.", "hybrid"),
        ("Remote-Anteil bis zu 60 %", "hybrid"),
        ("Je werkt gedeeltelijk thuis.", "hybrid"),
        ("Dois dias no escritório e três em casa.", "hybrid"),
        ("週3日在宅勤務", "hybrid"),
        ("リモート可", "hybrid"),
        ("フルリモート", "remote"),
        ("Remote OK within Ohio", "remote"),
        ("The position may be performed anywhere in Texas.", "remote"),
        ("Volledig op afstand.", "remote"),
        ("Puedes trabajar desde cualquier parte de Chile.", "remote"),
        ("Desde casa.", "remote"),
        ("Location: virtual", "remote"),
        ("This job can't be done from home.", "onsite"),
        ("Six days working from our Pune office.", "onsite"),
        ("Télétravail non prévu.", "onsite"),
        ("Homeoffice ist leider nicht möglich.", "onsite"),
        ("Thuiswerken is hier niet mogelijk.", "onsite"),
        ("Présence sur site obligatoire.", "onsite"),
        ("リモート不可", "onsite"),
        ("Office based, near the harbour.", "onsite"),
        ("In office.", "onsite"),
        ("Fridays at home, and the other days with us.", "hybrid"),
        ("Remote applicants are welcome.", "remote"),
        ("Office-based in Leeds.\nHybrid working: 3 days from home.", "hybrid"),
        ("A clerk for the harbour, working 2 days per week from home.", "hybrid"),
        ("We meet at least one day a month in our office; the rest is up to you.", "hybrid"),
        ("Teilweise von zu Hause.", "hybrid"),
        ("Je werkt volledig op afstand.", "remote"),
        ("US citizens; remote okay.", "remote"),
        ("This role cannot be performed remotely.", "onsite"),
        ("在宅勤務なし", "onsite"),
    ],
)
def test_arrangements_in_other_words(text: str, value: str) -> None:
    assert remote_type(a_document(text)).value.value == value


@pytest.mark.parametrize(
    "text",
    [
        "You visit patients in any home, from kitchen table to garden.",
        "Hybrid in nature, our pump is both.",
        "You design virtual events.",
        "Location: virtual reality lab, second floor",
        "The remote ok button on the controller",
        "Our crew cleans the office, the shop and the bar.",
        "Sie reinigen das Büro und die Küche.",
        "Wir pflegen Menschen bei ihnen zuhause.",
        "Apoio a idosos em casa.",
        "Ventas de casa en casa.",
        "Monteur op locatie bij de klant.",
        "Begeleiding op afstand van cliënten.",
        "Thuiszorg: je werkt deels thuis bij cliënten.",
        "Support sur site et par téléphone.",
        "30% of sales come from office chairs, 70% from home goods.",
        "在宅医療の看護師です。",
        "リモート監視システムの開発",
        "Songs performed anywhere in the world.",
        "You maintain machines at the customer site.",
        "A part-time job in our Perth office, working 3 days per week.",
        "Remote-Anteil am Umsatz: 40 %",
        "Pasta cannot be done from scratch.",
        "Tickets for Fridays at home games.",
        "Office based software for dentists; we ship boxes.",
        "Office-based in nature, our furniture lasts.",
        "Some repairs can't be done remotely; you drive to them.",
        "Das Homeoffice unserer Kunden ist nicht möglich ohne Router.",
        "Click remote ok and wait.",
        "The job can be done anywhere on the farm network.",
        "Sus alumnos pueden trabajar desde cualquier lugar.",
        "Kranen worden volledig op afstand bestuurd.",
        "Fridays at home with kids need snacks; we deliver them.",
        "週2回在宅患者を診ます。",
        "リモート可視化ツール",
        "フルリモートコントロールの玩具",
        "Hybrid in spirit, the car saves fuel.",
        "Five days in person during orientation.",
        "Travail sur site obligatoire pour les livreurs externes.",
    ],
)
def test_home_and_office_that_are_no_arrangement(text: str) -> None:
    assert remote_type(a_document(text)).value.value == "unknown"
