"""Expressions for parts of a title that are no part of the role, by subject. All match folded text as a whole part."""

from __future__ import annotations

WORK_PLACE = (
    r"(?:fully |100 ?% |open to |us |usa |uk |eu |partially |mostly )?remote(?:ly)?"
    r"(?: (?:only|ok|friendly|possible|eligible|role|position|work|first|based|optional|us|usa|uk|eu))?",
    r"remoto|teletravail|home ?office|hybrid(?: (?:remote|role|work))?|hibrido|presencial",
    r"on-? ?site|in[- ]office|in[- ]person|work from home|wfh|telecommute|virtual",
    r"(?:100 ?% |fully )?(?:remote|hybrid|on-?site),? (?:from|in|at|within|across|anywhere|or|@|/|-)\b.{0,40}|.{2,30}, remote(?: based)?",
    r".{2,40}[ -]based(?:,? relocation .*)?|(?:must be )?(?:based|located) in .{2,40}",
    r"relocation (?:provided|available|support\w*|package).*",
)
CONTRACT = (
    r"full[- ]?time|part[- ]?time|ft|pt|vollzeit|teilzeit|temps plein|temps partiel|tiempo completo|medio tiempo",
    r"tempo (?:pieno|indeterminato|determinato|integral|parcial)",
    r"contract(?:or)?(?: (?:role|position|to hire|to perm))?|contract-to-hire|fixed[- ]?term(?: contract)?|ftc",
    r"permanent|perm|temporary|temp|temp[- ]to[- ]perm|freelance|freelancer|cdi|cdd|clt|pj",
    r"befristet|unbefristet|festanstellung|vast|interim|w2|1099|c2c|prn|per diem|casual|seasonal|zero hours",
    r"b2b|b2b contract|independent contractor|stage|alternance|internship|intern|apprenticeship",
    r"(?:maternity|mat|paternity|parental leave|leave) ?(?:leave )?cover(?:age)?|maternity leave|vertretung|elternzeitvertretung",
    r"exempt|non[- ]exempt|bonus|sign[- ]on bonus",
    r"\d{1,3} ?(?:hours?|hrs?|h|std)(?: ?(?:per|/|a|pro) ?(?:week|wk|woche))?|\d{1,3} ?%(?: ?- ?\d{1,3} ?%)?",
    r"\d{1,2}[- ]?(?:\+ ?)?(?:to |- ?)?(?:\d{1,2} ?)?[- ]?(?:months?|mos?|weeks?|monate?|wochen|mois|semaines|meses|semanas|mesi|maanden)"
    r"(?:[ -](?:contract|ftc|fixed[- ]term|fixed[- ]term contract|assignment|temp|temporary|maternity cover|internship|term))*",
    r"[$£€] ?\d.*|.*\$ ?\d+.*(?:hr|hour|k\b|year|yr|week).*|up to [$£€].*",
)
CALL = (
    r"urgent|immediate(?: start| joiner)?|evergreen|new|hiring now|now hiring|open application|all levels|pipeline",
    r"(?:paid )?training provided|no experience (?:needed|required|necessary)|new store(?: opening)?|hiring event|sign-?on bonus.*",
    r"multiple (?:positions|openings|locations|levels|roles)|various locations?|future opportunit\w+|all genders|any gender|gn|f/?m/?d",
    r".{3,60} (?:are |is )?(?:welcome|encouraged to apply)",
)
REGION = (
    r"global|worldwide|anywhere|nationwide|international",
    r"emea|apac|amer|americas|latam|noram|north america|south america|latin america|central america|europe|eu|mena|middle east",
    r"asia|asia pacific|south ?east asia|apj|anz|dach|benelux|nordics?|cee|uki|uk ?& ?i|iberia|cis|gcc|greater china|africa",
    r"sub-saharan africa|ssa|(?:southern|northern|eastern|western) europe|east coast|west coast",
    r"(?:(?:us|usa) )?(?:north|south)?(?:east|west)(?:ern)?(?: (?:us|usa|region|territory|coast))?|(?:us|usa) central",
    r"(?:pacific )?northwest|mid-?west|mid-?atlantic|new england|great lakes|tri-?state(?: area)?|sun ?belt|bay area",
)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
SEASON = (
    r"(?:early |late )?(?:summer|fall|autumn|winter|spring)(?: (?:19|20)\d\d)?|(?:19|20)\d\d(?:[-/]\d{2,4})?",
    rf"(?:q[1-4]|h[12]) ?(?:19|20)?\d\d|{_MONTH}\.? (?:19|20)\d\d(?: start)?",
    r"(?:start|starting|starts)(?: date)?:? .*|sy ?\d\d.*|class of (?:19|20)\d\d",
)
_DAY = r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)"
SHIFT = (
    r"(?:(?:day|night|morning|evening|afternoon|overnight|swing|graveyard|weekend|weekday|rotating|1st|2nd|3rd|first|second|third"
    r"|am|pm|late|early|twilight|split|mid)\s?[/&-]?\s?){1,4}(?:shifts?)?|shift [a-d1-3]|[a-d] shift|nights?|days?|weekends?",
    rf"{_DAY}\w*(?:\s?(?:-|–|to|&|and|,)\s?{_DAY}\w*)*(?: .*\d.*)?",
)
IDENTIFIER = (
    r"(?:req|job|ref|id|requisition)?\.?[ #:-]*[a-z]{0,4}[-_]?\d{3,}[a-z]?",
    r"[a-z0-9.#-]*\d{3,}[a-z0-9.#-]*",
)
PROGRAM = (
    r"(?:[\w&.']+ ){0,4}(?:(?:talent|accelerator|internship|intern|graduate|trainee|apprenticeship|leadership|rotational|development"
    r"|early careers?|new grad|campus|returnship|fellowship|summer|associate) ?){1,3}(?:program(?:me)?s?|scheme|cohort|track)",
    r"internships?|praktikum|werkstudent(?:\*?in)?",
    r"(?:19|20)\d\d (?:internship|intern|graduate|new grad|summer)(?: program(?:me)?)?",
)
