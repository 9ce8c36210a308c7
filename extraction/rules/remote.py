"""Where the work is done: onsite, hybrid, remote, or unknown when nothing is said.

Order: the text where it says outright what the arrangement is, the ATS's own field, the place, the title, tags, then hints in the
text. A bare city, a home-office stipend, "remote teams" or "distributed systems" say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules.cues import Sentence, cue_sentences
from extraction.schema import RemoteType

ONSITE, HYBRID, REMOTE = RemoteType.ONSITE, RemoteType.HYBRID, RemoteType.REMOTE

# Every pattern below needs one of these; a text without them says nothing about the arrangement.
_CUES = (
    "remot", "hybrid", "híbrid", "ibrid", "home", "wfh", "onsite", "on-site", "on site", "office", "in person", "in-person", "telecommut", "telework",
    "work from anywhere", "wherever", "where you work", "télétravail", "teletrab", "distanciel", "présentiel", "presencial", "vor ort", "smart working", "thuis", "à distance",
)  # fmt: skip

_DAYS = r"(?:\d|one|two|three|four|an?|1-2|2-3|3-4|zwei|drei|deux|trois|dos|tres|due|tre|dois|twee|drie)(?:\s*(?:-|–|to|or|à|bis)\s*\w+)?\s*(?:\+\s*)?(?:full )?(?:days?|x|times|tage?n?|jours?|d[ií]as?|giorni|dagen)"
_WEEK = r"(?:per|a|each|every|/|in the|of the|pro|par|die|por|a la|alla|per)?\s*(?:week|weekly|wk|pw|woche|semaine|semana|settimana)"
_OFFICE = r"(?:in[- ](?:the |our |an )?(?:[\w.]+ )?(?:office|person)|on-?\s?site|at (?:the|our) [\w ]{0,20}office|from (?:the|our|an?) (?:[\w.]+ )?(?:office|hq)|office[- ]based|im büro|au bureau|en la oficina|no escritório|in sede|in ufficio|op kantoor|in[- ]office)"
_AWAY = r"(?:remote(?:ly)?|(?:from|at) home|wfh|home[- ]?office|télétravail|teletrabajo|teletrabalho|telework|smart working|thuis)"
_JOB = r"(?:role|position|job|opportunity|internship|vacancy|contract|engagement|assignment|poste|stelle|puesto|vaga)"
_WHOLLY = r"(?:fully|100\s?%|completely|entirely|permanent(?:ly)?|full|totally|purely|predominantly|primarily|exclusively|vollständig|komplett|totalement|entièrement|totalmente|completamente|volledig)"


@dataclass(frozen=True, slots=True)
class _Clue:
    value: RemoteType
    strength: int  # 3 says it outright, 2 says it of the job, 1 hints at it
    pattern: re.Pattern[str]


def _clue(value: RemoteType, strength: int, *patterns: str) -> _Clue:
    return _Clue(value, strength, re.compile("|".join(patterns)))


# What looks like a clue and is none; taken out of the sentence before it is read.
_NOISE = re.compile(
    r"home[- ]based (?:services?|care|therap\w+|programs?|support|nursing|visits?)|home[- ]office (?:stipend|set-?up|allowance|budget|equipment|reimbursement|expenses|furniture)|(?:set ?up|stipend|allowance|budget|equip)[^.\n]{0,40}home[- ]?office"
    r"|(?:manag\w+|lead\w*|coordinat\w+|support\w*|with|across|collaborat\w+ with) (?:[\w-]+ ){0,3}remote (?:[\w-]+ ){0,2}(?:teams?|workers|employees|members|staff|colleagues|stakeholders)"
    r"|remote (?:sensing|monitoring|access|desktop|support|control|patient|server|diagnos\w+|procedure|sites?|areas?|communit\w+|locations?|teams?|team members|global|offices|branches|regions|setting|code|debugging|workforce|sessions?|config|users?|install\w*|hands|assistance|troubleshoot\w+|management)"
    r"|hybrid[- ](?:cloud|app\w*|mobile|rule\w*|infrastructure|vehicles?|it\b|models? of care|search|events?|electric|environments? \(|architect\w*|networks?|multi\w*|solutions?|systems?|data|approach|retriev\w+|classrooms?|learning|and multi|power|cars?|identity|threat|deploy\w*|powertrain|intelligence|seeds?|integration|connectivity|trad\w+|paid|mesh|cd[ns]|agile|saas|or multi|kubernetes|platforms?)"
    r"|(?:on-?\s?site|in-office|in office) (?:gym|parking|medical|catering|chef|caf\w+|cafeteria|canteen|fitness|lunch\w*|meals?|snacks?|massage|clinic|childcare|support|interviews?|training|events?|perks|amenit\w+|restaurant|doctor|visits?|activities|facilit\w+|nurs\w+|services|installation|customer|client|learning|resources)"
    r"|work[- ]from[- ]anywhere (?:program\w*|policy|perk|benefit|weeks?|days?|month|for|up to|\d)|(?:\d+|four|two|three|six|several) (?:weeks?|days|months?)[^.\n]{0,30}(?:work(?:ing)?[- ](?:from|remotely)[- ]?(?:anywhere|abroad)?)"
    r"|(?:nursing|care|retirement|funeral|mobile|new|dream|smart|own|second|mortgage|buying|show|group|luxury|your|their|client'?s?'?|patient'?s?'?|people'?s) homes?\b(?! office)|home (?:care|loans?|page|security|improvement|health|equity|depot|visits?|base\b(?!d)|buyers?|owners?|insurance|appliances?|screen|delivery|builders?|furnish\w+|decor|goods|energy|services)|home-?(?:owners?|page|less|grown|buyers?|made|coming|builders?)\w*"
    r"|(?:microsoft|ms|open|libre|front|back|middle|head|post|home|google|medical|dental|dr|box|corporate|global|regional|law|field|tax|sales|project management|family|chief \w+|patent|state|attorney general'?s) office(?:rs?)?\b|\boffice(?:rs?)? (?:365|suite|manager|management|administrat\w+|skills|products|applications|software|tools|assistant|supplies|environment is)"
    r"|\bno(?:n|t)?[- ]?remotely (?:close|similar|interested)|remote but reachable|remote (?:interview|onboarding|hiring process)"
)

_TEXT_CLUES: tuple[_Clue, ...] = (
    _clue(REMOTE, 3, r"\bchoose (?:where|between working from home)|\b(?:freedom|flexibility|choice) to choose[^.\n]{0,30}(?:where(?:ver)?|from home or)"),
    _clue(
        ONSITE, 3,
        rf"\b(?:not|isn'?t|no|never|cannot be|can'?t be|won'?t be|not be|unable to (?:offer|support|consider)|not (?:offer|consider|support)\w*|not eligible for|not available for)(?: an?| any| the| currently| for| fully| completely| able to (?:offer|support))* (?:remote|work[- ]from[- ]home|wfh|hybrid|home[- ]office|telework|telecommut)",
        r"\bremote (?:work|working|option|arrangement|candidates?|applicants?)s?(?: \w+){0,2} (?:is|are|will)(?: \w+)? not\b|\bwork from home is not",
        r"\b(?:kein|keine) (?:remote|home)", r"\bpas de télétravail|\bsin (?:opción|posibilidad) de (?:teletrabajo|remoto)",
        r"\b(?:100\s?%|fully|full[- ]time|strictly|exclusively|entirely|5 days(?: a| per)? week|five days(?: a| per)? week)[, ]*(?:and )?(?:" + _OFFICE + r"|présentiel|presencial)",
        r"\b(?:5|five) days (?:a|per|/|each)\s?week[^.\n]{0,30}" + _OFFICE, _OFFICE + r"[^.\n]{0,30}\b(?:5|five) days (?:a|per|/|each)\s?week",
        rf"\b(?:role|position|job|internship|this|work|setting|location|setup|arrangement|type|mode|modell?|format)\b(?: \w+)?(?: is| will be|:| -)+ (?:an? )?(?:fully |currently |full-time )?(?:{_OFFICE}|on-?\s?site|in person)(?! (?:or|and|/|with) (?:remote|hybrid|wfh|home))(?![^.\n]{{0,40}}(?:days|hybrid|remote))",
        r"\bin[- ]office environment\b|\bday (?:1|one) (?:on-?site|in office)",
        rf"\bon-?\s?site {_JOB}\b|\bin[- ](?:person|office) {_JOB}\b",
        r"\bmust (?:be (?:able|willing|available|prepared) to )?(?:work|report|commute|be)(?: \w+){0,3} (?:on-?\s?site|in[- ]office|in (?:the|our) (?:\w+ )?office|in person)(?![^.\n]{0,40}(?:days|hybrid|\d ?x))",
        r"\brequire[sd]? (?:full[- ]time )?in[- ]office presence\b|\b(?:modalidad|modalidade|regime|mode|lieu)\s*:? (?:de trabajo |de trabalho )?(?:100 ?% )?(?:presencial|présentiel)",
    ),
    _clue(
        HYBRID, 3,
        rf"\bhybrid(?:e|[ -]?flexible)?[ -](?:\w+[ -])?(?:{_JOB}|work\w*|model|schedule|arrangement|remote|setup|set-up|basis|setting|office|environment|policy|format|mode|structure|pattern|team|style|approach to work|home|way of working|flexib\w+|employees?)",
        rf"\b(?:{_JOB}|location|setting|setup|type|arrangement|model|style|schedule|mode|work|policy|modalit\w+|modalidad\w*|format)\b[^.\n]{{0,12}}(?:is|:|-|–|=|will be|\()\s*(?:an? |based |offered as |currently |fully )*(?:hybrid|híbrid[oa]|ibrid[oa]|hybride)",
        r"\b(?:on a|in a|as a|this is a|offers?(?: an?)?|flexible,?|flexible and|and|is|full-time|work) hybrid\b(?! (?:\w+ )?(?:cloud|app|infra|environment|or))",
        r"\bhybrid\b\s*(?:[(,:–-]|\d)[^.\n]{0,40}(?:days?|office|home|remote|week|flex)", r"\bremote[- ]hybrid\b|\bhybrid[- ]remote\b|\btrabajo híbrido|\bmodelo híbrido|\btravail hybride|\bhybrides? arbeit|\blavoro ibrido|\bhybride werk",
        rf"\b{_DAYS}[^.\n]{{0,25}}{_WEEK}[^.\n]{{0,45}}(?:{_OFFICE}|{_AWAY})",
        rf"(?:{_OFFICE}|{_AWAY})[^.\n]{{0,50}}\b{_DAYS}\s*{_WEEK}",
        rf"\b{_DAYS}\s+(?:{_OFFICE}|{_AWAY}|office|home)\b", rf"\b{_DAYS} (?:of )?(?:télétravail|teletrabajo|homeoffice|thuiswerk)",
        r"(?<![\d.])(?!100)[1-9]\d?\s?%[^.\n]{0,25}(?:" + _OFFICE + "|" + _AWAY + r"|telecommut\w+|remote work|of (?:the|your|their) time (?:in|at|from))",
        rf"\b(?:partial(?:ly)?|part(?:ly| of the (?:time|week))?|some(?:times)?|mix of|combination of|split|both|between)\b[^.\n]{{0,30}}(?:{_OFFICE}|office|{_AWAY})[^.\n]{{0,30}}\b(?:and|or|/)\b[^.\n]{{0,25}}(?:{_AWAY}|home|{_OFFICE}|office)",
        r"\bregular(?:ly)? (?:presence |work )?(?:in|at) (?:the|our) (?:\w+ )?office",
    ),
    _clue(
        REMOTE, 3,
        rf"\b{_WHOLLY}[ -](?:a )?(?:remote|remoto|remota|wfh|work(?:ing)?[ -]from[ -]home|home[ -]?(?:based|office)|telecommut\w+|telework\w*|distributed|virtual|télétravail|à distance|en remoto|da remoto|op afstand|distanciel)",
        rf"\bremote(?:ly)?[ -](?:\w+[ -]){{0,3}}(?:{_JOB}|eligible|first|based|basis|friendly {_JOB}|only|set-?up)\b", rf"\b(?:work[ -]?(?:ing)?[ -]from[ -]home|wfh|home[ -]based|work[ -]at[ -]home|virtual) (?:\w+ ){{0,2}}{_JOB}\b",
        rf"\b{_JOB}\b(?: \w+){{0,4}} (?:is|will be|can be|may be|would be)(?: an?| performed| done| based| offered| open to| able to be)*(?: [\w-]+,?){{0,3}}? (?:remote|work[ -]from[ -]home|home[ -]?based|virtual)\b(?! (?:or|and|/|but) (?:hybrid|on-?site|in-office))(?![^.\n]{{0,30}}(?:days|%))",
        rf"\b(?:location|work location|location type|setting|setup|set-up|arrangement|workplace(?: type)?|work type|work mode|lieu|standort|modalidad|modalidade|based in|ubicación)\b\s*(?:\([^)]*\))?\s*[:\-–]\s*(?:[\w., ]{{0,25}}[ /(])?(?:{_WHOLLY} )?(?:remote|remoto|remota|wfh|work from home|home[- ]based|anywhere|télétravail)\b(?! (?:or|and|/) (?:hybrid|on-?site))",
        r"\bwork(?:ing)? remotely\s*[:?]\s*yes|\b(?:work|working|live|be based|located|job) (?:remotely )?from (?:anywhere|wherever|any (?:location|place|country))|\b(?:freedom|flexibility|choice) to work[^.\n]{0,30}where(?:ver)?\b",
        r"\b(?:comfort|convenience) of (?:your|their) (?:own )?home|\bright from (?:your )?home\b|\b(?:trabajo|trabalho) (?:100 ?% )?(?:remot[oa]|à distância|a distancia)|\blavoro da remoto|\bdeutschlandweit remote|\bfull[- ]remote\b|\bpuesto remoto|\bvaga remota|\bremote within (?:the )?\w+|\bhome[ -]based (?:within|in the|in)\b",
        r"\byou(?:'ll| will)(?: be)? work(?:ing)? (?:remotely|from home)\b(?![^.\n]{0,40}(?:days|week|hybrid))",
    ),
    _clue(
        HYBRID, 2,
        rf"\b(?:option|ability|opportunity|possibility|possible|flexibility|flexible|choice|able|capability|offer\w*|opt|occasional\w*|ad hoc)\b[^.\n]{{0,60}}\b(?:{_AWAY}|work(?:ing)?[- ]from[- ]home|remote work\w*|(?:remote|wfh) options?)",
        rf"\b(?:{_AWAY}|work(?:ing)?[- ]from[- ]home|wfh|remote)[- ](?:working )?(?:options?|days?|flexib\w+|opportunit\w+|arrangements?|possibilit\w+|polic\w+|conditions)",
        r"\b(?:on-?\s?site|in[- ]office|office)\b[^.\n]{0,12}\b(?:and|or|/|&|\+)[^.\n]{0,12}\b(?:remote|home|wfh)|\b(?:remote|home|wfh)\b[^.\n]{0,12}\b(?:and|/|&|\+)[^.\n]{0,12}\b(?:on-?\s?site|office)\b",
        r"\bhybrid\b", r"\bhome-?office\b(?:[ -](?:möglich|regelung|option|anteil|tage))|\bmobiles arbeiten|\btélétravail (?:possible|partiel|occasionnel)|\bteletrabajo|\bsmart working|\bthuiswerk\w+|\bhíbrid[oa]|\bibrid[oa]",
    ),
    _clue(REMOTE, 2, r"\bremote(?:ly)?\b\s*[-–,(|/]\s*(?:us|usa|uk|emea|europe|canada|india|latam|apac|anywhere|worldwide|global)\b", r"\b(?:work|working) (?:fully )?remotely\b|\b(?:work|working)[- ](?:from|at)[- ]home\b|\bwfh\b|\bhome[- ]based\b|\bremote work(?:ing)?\b|\bavailable remotely|\bremotely based|[,(–|/-] ?(?:fully )?remote\)?\s*$"),
    _clue(ONSITE, 2, r"\b(?:based|work\w*|located|role|position|presence) (?:at |in |from )?(?:our |the )?[^.\n]{0,25}(?:on-?\s?site|in person|in-office)\b", r"\bon-?\s?site (?:in|at)\b|\bprésentiel\b|\bpresencial\b|\bvor ort\b"),
    _clue(REMOTE, 1, r"\bremote\b(?=[^.\n]{0,30}\bteam\b)|\btélétravail\b|\bà distance\b"),
)  # fmt: skip

_TAG = re.compile(r"#\s?li[-_ ](?:[\w,]+[-_ ])?(remote|hybrid|on-?site)", re.IGNORECASE)
_FIELD_NAME = re.compile(r"remote|work\s?place|work(?:ing)? (?:model|arrangement|mode|location type|style|setting|type)|location type|hybrid|office (?:type|policy)", re.IGNORECASE)
_REMOTE_WORD = re.compile(r"\b(?:remote(?:ly)?|wfh|work(?:ing)?[ -]from[ -]home|home[ -]?based|home[ -]?office|anywhere|télétravail|teletrabajo|remot[oa]|distributed|virtual)\b", re.IGNORECASE)
_HYBRID_WORD = re.compile(r"\b(?:hybrid\w*|híbrid[oa]|ibrid[oa]|flex(?:ible)?)\b", re.IGNORECASE)
_ONSITE_WORD = re.compile(r"\b(?:on[ -]?site|in[ -](?:office|person)|office|présentiel|presencial|vor ort|no|false|not remote)\b", re.IGNORECASE)


def remote_type(document: Document) -> Finding[RemoteType]:
    """The arrangement of this job; `unknown` with no evidence when the posting says nothing."""
    clues = list(_text_clues(document))
    outright = next((finding for finding in clues if finding.rule.endswith("_3")), None)
    stated = _stated(document)
    place = _place(document)
    if stated and stated.value is HYBRID:
        return stated
    if place:
        return place
    if outright and stated and outright.value is not stated.value:
        return _contradicted(stated, outright)
    return stated or _title(document) or _tag(document) or (clues[0] if clues else Finding(RemoteType.UNKNOWN, "nothing_said", 0.6))


def _contradicted(stated: Finding[RemoteType], outright: Finding[RemoteType]) -> Finding[RemoteType]:
    """The text wins over the ATS's field, except that boilerplate on hybrid work does not make a remote job hybrid."""
    return stated if stated.value is REMOTE and outright.value is HYBRID else outright


def _stated(document: Document) -> Finding[RemoteType] | None:
    posting = document.posting
    candidates = [(posting.work_place_type, posting.pointers.get("work_place_type"))]
    candidates += [(field.value, field.pointer) for field in posting.fields if _FIELD_NAME.search(field.name)]
    candidates.append((posting.employment_type, posting.pointers.get("employment_type")))
    for value, pointer in candidates:
        found = _of_value(value) if value else None
        if value and found:
            return Finding(found, "ats_field", 0.93, (Evidence(quote=value, pointer=pointer),))
    return None


def _of_value(value: str) -> RemoteType | None:
    """A field's value read as an arrangement; a value that names two ("Onsite or Remote") is none."""
    if _HYBRID_WORD.search(value):
        return HYBRID
    remote, onsite = bool(_REMOTE_WORD.search(value)), bool(_ONSITE_WORD.search(value))
    return None if remote == onsite else REMOTE if remote else ONSITE


def _place(document: Document) -> Finding[RemoteType] | None:
    posting = document.posting
    places = [(posting.job_location, posting.pointers.get("job_location"))]
    places += [(place, posting.pointers.get("additional_locations")) for place in posting.additional_locations]
    for place, pointer in places:
        if _HYBRID_WORD.search(place):
            return Finding(HYBRID, "place", 0.9, (Evidence(quote=place, pointer=pointer),))
        if _REMOTE_WORD.search(place):
            return Finding(REMOTE, "place", 0.92, (Evidence(quote=place, pointer=pointer),))
    return None


def _title(document: Document) -> Finding[RemoteType] | None:
    title = document.posting.title
    for value, pattern in ((HYBRID, re.compile(r"\bhybrid\b(?! cloud)", re.IGNORECASE)), (REMOTE, _TITLE_REMOTE), (ONSITE, _TITLE_ONSITE)):
        found = pattern.search(title)
        if found:
            quote = Evidence(quote=found[0], pointer=document.posting.pointers.get("title", "/title"), start=found.start(), end=found.end())
            return Finding(value, "title", 0.92, (quote,))
    return None


_TITLE_REMOTE = re.compile(r"\b(?:remote(?! sens| support| monitor| site)|wfh|work[ -]from[ -]home|home[ -]?based|télétravail|full remote|remoto)\b", re.IGNORECASE)
_TITLE_ONSITE = re.compile(r"\bon-?\s?site\b(?! (?:support|manager))|\bin[- ]office\b", re.IGNORECASE)


def _tag(document: Document) -> Finding[RemoteType] | None:
    if "#" not in document.text:
        return None
    found = _TAG.search(document.text)
    if not found:
        return None
    value = {"remote": REMOTE, "hybrid": HYBRID}.get(found[1].lower(), ONSITE)
    return Finding(value, "tag", 0.9, (span_of(document.text, *found.span()),))


def _text_clues(document: Document) -> Iterator[Finding[RemoteType]]:
    """Findings in the text, the clearest first; within a strength in the order of the table."""
    sentences = [_quiet(sentence) for sentence in cue_sentences(document, _CUES)]
    for clue in _TEXT_CLUES if sentences else ():
        for sentence in sentences:
            found = clue.pattern.search(sentence.lower)
            if found:
                start, end = sentence.start + found.start(), sentence.start + found.end()
                confidence = {3: 0.88, 2: 0.75, 1: 0.6}[clue.strength]
                yield Finding(clue.value, f"text_{clue.value.value}_{clue.strength}", confidence, (span_of(document.text, start, end),))


def _quiet(sentence: Sentence) -> Sentence:
    return Sentence(sentence.start, _NOISE.sub(lambda noise: "·" * len(noise[0]), sentence.lower))
