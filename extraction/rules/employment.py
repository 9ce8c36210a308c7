"""The kind of employment: from the ATS's own field, the title, then what the text says of this very job.

Benefits "for full-time employees", a hope of "transition to full-time" and the company's contractors say nothing. Two kinds
offered side by side (permanent or contract) are `unknown`, except that part-time work on a contract is a contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules.cues import cue_sentences
from extraction.schema import EmploymentType

FULL, PART, CONTRACT = EmploymentType.FULL_TIME, EmploymentType.PART_TIME, EmploymentType.CONTRACT
INTERN, TEMPORARY = EmploymentType.INTERNSHIP, EmploymentType.TEMPORARY

_FIELD_NAME = re.compile(r"employ\w* (?:type|status|category)|commitment|contract|(?:job|time|worker|position|requisition|req|work(?:ing)? time) ?type|full[- /]?time|flsa|worker", re.IGNORECASE)

# How a field or a title names each kind. Order: a fixed-term or part-time word also decides where "contract" stands beside it.
_INTERN_WORDS = r"intern(?:ship)?s?\b|stage\b|stagiaires?\b|stagista\b|stages?\b|alternan(?:ce|te?)s?\b|apprenti(?:ce(?:ship)?|ssage|e)?s?\b|werkstudent\w*|working student|praktik\w+|traineeship|tirocini\w+|becari[oa]\w*|pr[aá]cticas|est[aá]gi\w+|co-?op\b|student(?:ische| worker| job)?\b|pasant[ií]a|ausbildung|auszubildende\w*|stagiair\w*|afstudeer\w*|bijbaan"
_TEMPORARY_WORDS = r"temp(?:orary)?\b(?! control)|fixed[- ]?term|fixterm|\bftc\b|\bcdd\b|(?<!un)befristet\w*|season(?:al|ier)|saison\w*|interim\b|maternity|parental leave cover|\bcover\b|tempor[aá](?:l|ri[oa])|determinad[oa]|determinat[oa]|tijdelijk\w*|durée déterminée|elternzeitvertretung"
_CONTRACT_WORDS = r"contract(?:or)?s?\b(?!ual)|freelanc\w*|independent|\b1099\b|\bb2b\b|\bc2c\b|self-?employed|consultancy|aut[oó]nom[oa]|prestataire|freiberuflich\w*|zzp\b|partita iva|\bpj\b|outstaff\w*|external"
_PART_WORDS = r"part[- _]?time|teilzeit|temps[- ]partiel|mi-temps|medio tiempo|media jornada|tiempo parcial|jornada parcial|meio per[ií]odo|tempo parcial|parttime|deeltijd|minijob|casual\b"
_FULL_WORDS = r"full[- _]?time|fulltime|\bft\b|fte\b|permanent|\bperm\b|regular|\bcdi\b|unbefristet\w*|vollzeit|festanstellung|indefinid[oa]|indeterminat[oa]|indeterminad[oa]|durée indéterminée|temps[- ]plein|tiempo completo|jornada completa|tempo (?:pieno|integral)|voltijd|vast (?:contract|dienstverband)|\bclt\b|salaried|unlimited|employee|standard|direct hire"
_WORDS = (
    (INTERN, re.compile(rf"\b(?:{_INTERN_WORDS})", re.IGNORECASE)),
    (TEMPORARY, re.compile(rf"\b(?:{_TEMPORARY_WORDS})", re.IGNORECASE)),
    (PART, re.compile(rf"\b(?:{_PART_WORDS})", re.IGNORECASE)),
    (CONTRACT, re.compile(rf"\b(?:{_CONTRACT_WORDS})", re.IGNORECASE)),
    (FULL, re.compile(rf"\b(?:{_FULL_WORDS})", re.IGNORECASE)),
)  # fmt: skip

_TITLE_CLUES = (
    (INTERN, re.compile(rf"\b(?:{_INTERN_WORDS})(?! (?:success|affairs|services|recruit\w+|program\w* (?:manager|lead|coordinator)|manager|coordinator|relations|engagement))", re.IGNORECASE)),
    (TEMPORARY, re.compile(rf"\b(?:{_TEMPORARY_WORDS})(?! (?:works|head|ceo|cfo|director|vp|chief))", re.IGNORECASE)),
    (CONTRACT, re.compile(r"(?<!smart )(?<!smart-)\b(?:contractor\b(?! (?:manage|relation|operation|success))|freelance\w*|independent contractor|1099|b2b contract|freiberuflich\w*|c2c|\d+[- ]?months? contract|contract(?= to hire|-to-hire|\s*[)\]/-]|\s*$)|contract (?!manage|admin|special|analy|negotiat|lead|direct|engineer|lifecycle|counsel|attorney|operation|compliance|research|manufactur|coordinat|market|review|market|bridge)\w)", re.IGNORECASE)),
    (PART, re.compile(rf"\b(?:{_PART_WORDS})", re.IGNORECASE)),
    (FULL, re.compile(r"\b(?:full[- ]?time|cdi|unbefristet\w*|vollzeit|permanent)\b", re.IGNORECASE)),
)  # fmt: skip
_MONTHS_CONTRACT = re.compile(r"\b\d+[- ]?(?:months?|mths?|mos?)\b[^,;]{0,12}(?:contract|ftc|fixed)|\bcontract\b[^,;]{0,12}\b\d+[- ]?(?:months?|mths?)", re.IGNORECASE)

_CUES = (
    "full time", "full-time", "fulltime", "full- time", "part time", "part-time", "contract", "1099", "freelanc", "c2c", "corp to corp", "w2", "intern", "temporary", "temp-to", "temp to", "fixed term",
    "fixed-term", "seasonal", "permanent", "casual", "40 h", "40h", "hours per week", "hours a week", "vollzeit", "teilzeit", "befristet", "werkstudent", "praktik", "festanstellung", "cdi", "cdd", "stage", "alternance", "temps p", "durée ",
    "tiempo completo", "jornada", "indefinido", "tempo int", "tempo ind", "tempo pieno", "estágio", "prácticas", "tirocinio", "fulltime", "voltijd", "apprentice", "job type", "per diem",
)  # fmt: skip
_JOB = r"(?:position|role|job|opportunit\w+|opening|vacancy|employment|assignment|engagement|work\b|gig)"
_ADJECTIVES = r"(?:[\w$-]+,? (?:and )?(?:or )?){0,5}?"
_LABEL = r"(?:(?:job|employment|position|contract|work|role|schedule|engagement|worker|time|hours?|commitment|status|classification|type|duration|shift|terms?|appointment|vertragsart|arbeitszeit|anstellungsart|contrat|type de contrat|tipo de contrat[oa]|jornada)(?: (?:type|status|category|time|schedule|term|length|of employment))?s?\s*[:=\-–|]+\s*|\b(?:job|employment|position|contract) (?:type|status)s?\s+)"


@dataclass(frozen=True, slots=True)
class _Clue:
    value: EmploymentType
    strength: int
    pattern: re.Pattern[str]


def _clue(value: EmploymentType, strength: int, *patterns: str) -> _Clue:
    return _Clue(value, strength, re.compile("|".join(patterns)))


_NOISE = re.compile(
    r"(?:all|our|for|to|of|every|active|regular|other|eligible|benefited|based)[^.\n]{0,12} (?:full|part)[- ]?time(?:,? (?:and|or|&) (?:full|part)[- ]?time)?,?(?: (?:regular|permanent|salaried|u\.?s\.?|us|exempt|benefit\w*|and part-time|eligible))* (?:employees?|associates?|team members?|staff|workers?|colleagues|teammates|students?|hires|faculty|eligib\w+)"
    r"|(?:full|part)[- ]?time (?:employees?|team members?|associates?) (?:benefits?|only|are|receive|who|may|can|will|enjoy|with)|only full-?time employees"
    r"|(?:transition|conver\w+|move|grow|turn|evolve|lead|potential|possibility|opportunit\w+|develop|eventual\w*|become|promot\w+|chance|up)[^.\n]{0,40}(?:in)?to (?:an? |the )?(?:full[- ]?time|permanent)[\w ]{0,20}|(?:potential|possibility|opportunity) (?:for|of) (?:an? )?(?:full[- ]?time|permanent|conversion|extension)|full[- ]?time (?:transition|conversion|consideration|return offer)|conversion to full[- ]?time"
    r"|contract, temporary,? and permanent[^.\n]*|temporary(?:,| and|/) (?:contract|permanent)[^.\n]{0,25}(?:placement|staffing|solutions|recruitment)|full[- ]?time (?:placement|education|student|program|mba|degree|study|work experience|experience|basis\. we will|investigation|supervision|equivalen\w+)"
    r"|years?[^.\n]{0,25}full[- ]?time|(?:equivalent|previous|prior) full[- ]?time[^.\n]{0,20}|work (?:authoriz\w+|permit)[^.\n]*(?:full|part)[- ]?time|authorized to work[^.\n]*full[- ]?time[^.\n]*|sub-?contract\w*|contract(?:s|ual\w*|ing)?\b (?:negotiat\w+|manage\w+|terms|law|review|draft\w+|renew\w+|administrat\w+|value|performance|lifecycle|manufactur\w+|agreements?|documents?|award\w*|requirements?)|smart[- ]contracts?|(?:government|general|prime|defense|federal|building|independent third-party|external|other|agencies,|with|vendors,?(?: and)?|manag\w+|employees and|employee or|employees,|employee,|as an? employee or) contractors?|international|internal\w*|internet|interns? (?:and|or) (?:junior|new)|(?:mentor|manage|supervis|train|coach|lead|guid)\w* (?:[\w-]+ ){0,3}interns?|(?:previous|prior|relevant|through|including|co-ops?,?|experience|or|such as|and/or|via|summer|an?|one|two|multiple|successful) (?:[\w-]+ ){0,2}internships?(?: experience)?(?! (?:program|position|role|is|will|at|offers))|internship (?:experience|hours|or)\b|internships? (?:in|with|at) (?:an?|other|similar)"
    r"|(?:at|every|early|late|each|growth|this|any|next|later|current|one|single|development|life|project|on|seed|pre-?seed|of|multi|any given|the|initial|first|final|second|interview) ?-?stages?\b|stages? (?:of|in|company|startup)"
    r"|permanent (?:resident|residen\w+|address|marker|make-?up|work authorization|right|wfh|work from)|temporary (?:absence|leave|housing|accommodat\w+|workers|files?|staff\w*|help|agenc\w+)|casual (?:dress|work attire|attire|environment|office|atmosphere|fridays|conversation|gaming|dining|and|style|chat)|business casual"
)  # fmt: skip

_TEXT_CLUES = (
    _clue(
        CONTRACT, 3,
        rf"{_LABEL}(?:\d+[+]? ?(?:-|to)? ?\d* ?(?:months?|year|weeks?) )?(?:1099|independent |long[- ]term |short[- ]term |w2 |hourly )?(?:contract|freelance|c2c|corp)", rf"\b(?:1099|freelance|contract|contractor)[ /-]+(?:[\w-]+,? ){{0,3}}?(?:basis|{_JOB})",
        r"(?<!\d)\d+\+?(?:[- ]to[- ]\d+| ?[-–] ?\d+)?[- ]*(?:months?|mths?|years?|weeks?)[- ]?(?:\w+[- ]){0,2}contract\b|\b(?:six|three|twelve|nine)[- ]months? (?:\w+ )?contract\b|\bcontract(?:\s*[:(-]|\s+for|\s+length:?| is| duration:?)\s*(?:\w+ )?\d+\+? ?(?:[-–] ?\d+ ?)?(?:months?|year|weeks)",
        r"\bcontract[- ]to[- ](?:hire|perm\w*)\b|\bcontract (?:on )?w-?2\b|\bcorp[- ]to[- ]corp\b|\bindependent contractors?\b|\b1099\b[^.\n]{0,15}contract|\b(?:as|hiring|seeking|need|looking for|for|find|an?) (?:[\w-]+ ){0,3}(?:1099 |freelance(?:/contract)? )(?:contractors?|\w+)|\blong[- ]term contract\b|\bon (?:a )?(?:contract|freelance)(?:/freelance)?(?: basis| terms)|\bthis contract (?:role|position|is|work)|\b(?:request for|find|us|as|seeking|hiring|need) (?:an? )?(?:\w+ )?contractor\b(?! (?:manage|relations))|\bfollowing contract\b|\bseeking freelance|\bhiring contractors?|\bfreelance opportunit|\bcontract commission",
    ),
    _clue(
        INTERN, 3,
        rf"\b(?:this|the|our|paid|unpaid|summer|winter|fall|spring|month|week|an?|\d{{4}}) (?:[\w-]+ ){{0,3}}internships?\b(?= (?:program|position|role|is\b|will|at\b|opportunit|offers|runs|for\b|with)|[.,])|{_LABEL}(?:paid |unpaid |summer )?intern(?:ship)?\b",
        r"\b(?:seek\w*|looking for|hiring|as|join\w*[^.\n]{0,20} as|recruiting|is|for) (?:an?|our|the|\d+) (?:[\w/,'’-]+ ){0,6}(?:intern|werkstudent\w*|working student|praktikant\w*|stagiaire|apprentice)\b", r"\bintern(?:s)? (?:who|will|to join|position|role|program)\b|\b(?:stage|alternance)\b (?:de |d')?(?:\d|fin|pré|pfe|six|rémun)|\binternship (?:is|will|program|position|role|requirements)|\bwerkstudententätigkeit|\bpraktikum\b|\bcontrat (?:d'alternance|d'apprentissage|de stage)|\bapprenticeship\b(?= (?:program|under|is|will|position|role))",
    ),
    _clue(
        PART, 3,
        rf"{_LABEL}(?:variable |permanent |casual |remote )?part[- ]?time(?!,? ?(?:and|or|/|,) ?full)", rf"part[- ]?time (?:{_ADJECTIVES})(?:{_JOB}|basis|schedule|hours)", r"\b(?:seek\w*|looking for|hiring|need\w*|for|is|have|as|hire) (?:an? )?(?:[\w/-]+ ){0,2}part[- ]?time\b", r"\(part[- ]?time\)|[-–,|] ?part[- ]?time\b(?! and full)|^\W*part[- ]?time\b(?! and|/| or)|part[- ]?time \(|\bin teilzeit\b(?! oder)|\bteilzeit(?:stelle)?\b|\bà temps partiel|\bmedia jornada|\bmeio período|part[- ]?time\b[^.\n]{0,20}hours",
    ),
    _clue(
        TEMPORARY, 3,
        rf"{_LABEL}(?:full[- ]?time,? )?(?:temporary|temp\b|seasonal|fixed[- ]term|cdd|befristet)", rf"\b(?:temporary|seasonal|interim|temp)(?: {_ADJECTIVES})?[ /-]+(?:{_JOB}|basis)", r"\bfixed[- ]term\b|\btemp[- ]to[- ](?:perm\w*|hire)\b|\bcontrat (?:à durée déterminée|cdd)|\ben cdd\b|\bcdd (?:de|d')|\bbefristet\w*\b(?<!un\w{9})|\bmaternity (?:leave )?cover|\bparental leave cover|\btempo determinato|\btemporada\b|\btijdelijk contract",
    ),
    _clue(
        FULL, 3,
        rf"{_LABEL}(?:permanent |regular |remote |\w+, |\w+ - )?(?:full[- ]{{0,2}}time|permanent|regular)(?! ?(?:,|/|or|and) ?(?:part|contract))", rf"full[- ]{{0,2}}time,? (?:{_ADJECTIVES})(?:{_JOB}|basis|hours|schedule|contract)", r"\b(?:seek\w*|looking for|hiring|need\w*|is|have|as|this|hire|join us) (?:an? )?(?:[\w/-]+,? ){0,3}(?:full[- ]?time|permanent)\b(?! (?:employee|benefit))", rf"\bpermanent,? {_ADJECTIVES}{_JOB}", r"\(full[- ]?time\)|[-–,|•] ?full[- ]?time\b|^\W*full[- ]?time\b(?! and|/| or| employee)|\b(?:40|forty) ?(?:\(40\) )?(?:hrs?|hours|h|stunden|heures|horas)\b[ /]?(?:per|a|/|pro|each|par|por)?\s?(?:week|wk|woche|semaine|semana)?|\b40-hour\b|\bin vollzeit\b|\bvollzeit\b(?! oder| / teil)|\bunbefristet\w*|\bfestanstellung|\b(?:en |contrat )?cdi\b|\bdurée indéterminée|\bà temps plein|\btiempo completo|\bjornada completa|\bcontrato indefinido|\btempo integral|\btempo (?:in)determinato|\btempo pieno|full[- ]?time\b[^.\n]{0,12}\b(?:days|monday|salaried|exempt|w2|w-2|permanent|remote|hybrid|on-?site)|\bpermanent (?:contract|full|employment)|full[- ]?time in \w+",
    ),
    _clue(PART, 2, r"part[- ]?time\b"),
    _clue(CONTRACT, 2, r"\b1099\b|\b(?:contract|freelance) basis"),
    _clue(FULL, 2, r"full[- ]?time\b"),
)  # fmt: skip


def employment_type(document: Document) -> Finding[EmploymentType]:
    """The kind of employment of this job; `unknown` with no evidence when the posting says nothing about it."""
    return _stated(document) or _title(document) or _said(document) or Finding(EmploymentType.UNKNOWN, "nothing_said", 0.6)


def _stated(document: Document) -> Finding[EmploymentType] | None:
    posting = document.posting
    candidates = [(posting.employment_type, posting.pointers.get("employment_type"))]
    candidates += [(field.value, field.pointer) for field in posting.fields if _FIELD_NAME.search(field.name)]
    for value, pointer in candidates:
        kind = _of_value(value) if value else None
        if value and kind:
            rule = "ats_field" if kind is not EmploymentType.UNKNOWN else "ats_field_offers_two"
            return Finding(kind, rule, 0.95, (Evidence(quote=value, pointer=pointer),))
    return None


@lru_cache(maxsize=4096)
def _of_value(value: str) -> EmploymentType | None:
    """A commitment or contract field read as a kind; `unknown` when it offers two, None when it speaks of something else."""
    if re.search(r"unlimited contract|permanent contract|contrat (?:à durée indéterminée|cdi)|unbefristet\w*|contrato indefinido|indefinite", value, re.IGNORECASE):
        return FULL
    kinds = [kind for kind, words in _WORDS if words.search(value)]
    if not kinds:
        return None
    if FULL in kinds and len(kinds) > 1:  # "Full-time Contract", "Intern (full-time)" are the other kind; "Full-time or part-time" is both
        kinds.remove(FULL)
        if PART in kinds or re.search(r"/|\bor\b|\bou\b|\boder\b|\bund\b", value):
            return EmploymentType.UNKNOWN
    return CONTRACT if CONTRACT in kinds and PART in kinds else kinds[0]


def _title(document: Document) -> Finding[EmploymentType] | None:
    title = document.posting.title
    months = _MONTHS_CONTRACT.search(title)
    if months:
        return Finding(TEMPORARY, "title_months", 0.85, (_in_title(document, months),))
    found = [(kind, match) for kind, pattern in _TITLE_CLUES if (match := pattern.search(title))]
    if not found or {kind for kind, _ in found} >= {FULL, PART}:
        return None
    kind, match = found[0]
    return Finding(kind, "title", 0.9, (_in_title(document, match),))


def _in_title(document: Document, match: re.Match[str]) -> Evidence:
    return Evidence(quote=match[0], pointer=document.posting.pointers.get("title", "/title"), start=match.start(), end=match.end())


def _said(document: Document) -> Finding[EmploymentType] | None:
    findings = list(_text_clues(document))
    if not findings:
        return None
    strongest = findings[0]
    kinds = {finding.value for finding in findings if finding.confidence == strongest.confidence}
    if kinds >= {FULL, PART}:
        both = tuple(finding.evidence[0] for finding in findings if finding.value in (FULL, PART))
        return Finding(EmploymentType.UNKNOWN, "text_offers_two", 0.6, both)
    return strongest


def _text_clues(document: Document) -> Iterator[Finding[EmploymentType]]:
    sentences = cue_sentences(document, _CUES)
    quiet = [(sentence.start, _NOISE.sub(lambda noise: "·" * len(noise[0]), sentence.lower)) for sentence in sentences]
    for clue in _TEXT_CLUES if quiet else ():
        for start, lower in quiet:
            match = clue.pattern.search(lower)
            if match:
                span = span_of(document.text, start + match.start(), start + match.end())
                yield Finding(clue.value, f"text_{clue.value.value}_{clue.strength}", 0.85 if clue.strength == 3 else 0.65, (span,))
