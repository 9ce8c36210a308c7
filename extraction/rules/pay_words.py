"""Words that say whether a sum is pay, and for which time; several languages. All patterns read lower-cased text."""

from __future__ import annotations

import re

_PAY = (
    r"salar(?:y|ies|is|io|ié)|salário|compensation|\bpay(?:s|ing|rate|scale|ment range|band)?\b|\bpaid\b|\bbase\b|\bwages?\b|remunerat\w*|\bearn(?:s|ings?)?\b|\brates?\b|\bote\b|on[- ]target"
    r"|\bctc\b|\bincome\b|\bpackage\b|hiring range|pay[:\-]|\bgehalt\w*|\w*gehalt\b|vergütung|entgelt|\blohn\w*|stundenlohn|verdien\w*|salaires?|rémunération|\bsueldo|retribu\w+|remuneração|stipendio|\bral\b|\bloon\b"
    r"|wynagrodzeni\w+|\blön\b|\bløn\b|\bgaji\b|เงินเดือน|ค่าจ้าง|รายได้|薪|月給|年収|給与|時給|月薪|時薪|工資|급여|연봉|待遇|每小時|每小时|每月|每日|每天|月收入|收入|\bhourly\b|\bannually\b|per hour|\bstipend\b"
)
ABOUT_PAY = re.compile(_PAY)

_OTHER = (
    r"bonus\w*|sign[- ]?on|signing|equity|\bstocks?\b|\bshares?\b|\brsus?\b|\boptions\b|allowances?|reimburse\w*|stipends? (?:for|to|of up)|\brevenue|\barr\b|\bgmv\b|\bsales of\b|fund(?:ing|ed|raising|s)?\b|\braised?\b|\braising\b"
    r"|valu(?:ation|ed)|budgets?|quotas?|\bdeals?\b|deal size|\bassets\b|401|insurance|per diem|commissions? of|referr\w+|relocation|tuition|donat\w+|\bgrants?\b|prizes?|market cap|turnover|portfolio|profit|spend(?:ing)?\b|investments?|invested|investing|loans?\b"
    r"|differential|pension|retire\w*|savings?|transactions?|volume|customers|contracts? (?:of|worth)|worth|\bfees?\b|fine|penalty|discount|credits?|\bcosts?\b|\bprices?\b|worth|membership|wellness|per month towards|education|learning|gym|internet|phone|\bcoverage\b|match\w*|umsatz|zuschuss|prämie|prime|prima\b|zulage|chiffre|gutschein|vouchers?"
    r"|bring home an? extra|minimum wage|incentives?|overtime|deposit|sold|generat\w+|manag\w+ (?:over )?$|closing|closed|target of|team of|serv(?:es|ing)|employees|benefit of|annual leave|perks?"
)
NOT_PAY = re.compile(_OTHER)

AFTER_NOT_PAY = re.compile(
    r"\s*(?:usd|cad|aud|sgd|hkd)?\s*\)?\s*(?:(?:per|a|an|each|every)\s+(?:year|month|annum|quarter|week)|/\s?(?:year|month|mo|yr)|annual(?:ly)?|monthly|quarterly|yearly)?\s*(?:in |of |as |for |towards? |worth of |toward )?(?:an? |the |your |our )?"
    r"(?:(?!with|plus|and|along|or|depending|based|dependent)[\w&\-]+ ){0,2}?(?:bonus\w*|sign[- ]?on|signing|equity|stock|shares|rsus?|allowances?|reimburse\w*|stipend|revenue|arr\b|funding|valuation|budget|quota|deals?\b|assets|401|insurance|referral|relocation|tuition|donation|grant|prize|credits?|differential|home office|professional development|learning|wellness|education|training|company|companies|customers|users|transactions|travel|equipment|vouchers?|discount|commissions?|variable|fund\b|investment|series|incentives?|mrr\b|gmv\b|in sales|sales|loans?|portfolio|overtime|deposit|market)"
)

_HOUR = r"hours?|hrs?|h|hourly|stunden?|stündlich|std|heures?|horas?|ora|uur|godz\w*|timme|jam|小時|時"
_DAY = r"days?|daily|diem|tag|täglich|jour|día|dia|giorno|dag"
_WEEK = r"weeks?|wk|weekly|woche|wöchentlich|semaine|semana|settimana|pw"
_MONTH = r"months?|mos?|mth|monthly|monat\w*|mois|mensuel\w*|mes|mensual\w*|mês|mensal|mese|mensil\w+|maand\w*|pm|p\.m|miesi\w+|mies|bulan|เดือน|月"
_YEAR = r"years?|yr|yearly|annum|annual\w*|p\.?a|jahr\w*|jährlich|ans?|annuel\w*|año|anual\w*|ano|anno|annu\w+|jaar|rok\w*|年"
_UNITS = ((r"hour", _HOUR), (r"day", _DAY), (r"week", _WEEK), (r"month", _MONTH), (r"year", _YEAR))
_LINK = r"(?:/|per|an?|pro|par|al|alla|por|im|de l'|/\s*per|each|every|p|total)"
_FILL = r"(?:\s*(?:\(?\b[a-z]{3}\b\)?|gross|brut\w*|lord[ioa]|base|salary|cash|fixed|b2b|net\w*|\+ ?vat|dollars|rupees|plus super|\+ super|on a|basis|paid|compensation|of|pay)\b\.?)*"
PERIOD_AFTER = re.compile(
    rf"\+?{_FILL}\s*[(,\-]?\s*(?:{_LINK}\s*)?(?:" + "|".join(rf"(?P<{name}>{words})" for name, words in _UNITS) + r")(?![a-z])"
)
PERIOD_BEFORE = re.compile(
    r"(?<![a-z0-9])(?:(?P<hour>hourly|per hour|/ ?hr|/ ?hour|stundenlohn|horaire|時給|時薪|每小時|每小时)|(?P<day>daily rate|day rate|per day|tagessatz|tjm|每日|每天)|(?P<week>weekly|per week|每週)"
    r"|(?P<month>monthly|per month|monatlich|mensuel\w*|mensual|mensal|月給|月薪|每月)|(?P<year>annual\w*|per annum|yearly|per year|jahres\w*|jährlich|annuel\w*|anual|年収|annuale?|\bral\b|\bctc\b))(?![a-z])"
)

PAY_AFTER = re.compile(
    r"\+?\s*(?:[a-z]{3}\s)?(?:per year|annual(?:ly)?|gross|fixed|full[- ]time|guaranteed|starting)?\s*(?:base|salary|ctc\b|\bote\b|package|plus super|\+ ?super|basic|pay\b|compensation|wage)"
)

UP_TO = re.compile(r"(?:up to|bis zu|bis|jusqu['’]à|hasta|até|fino a|maximum(?: of)?|max\.?|tot|as much as)[\s:]*(?:an? )?(?:[a-z$]{0,3}\s?)$")
FROM = re.compile(
    r"(?:from|starting (?:at|from|salary(?: of)?)|starts at|start at|ab|à partir de|desde|a partir d[ei]|minimum(?: of)?|min\.?|at least|from as low as|mindestens|vanaf|od)[\s:]*(?:[a-z$]{0,3}\s?)$"
)
OTE = re.compile(r"\bote\b|on[- ]target|target earnings|total target|earning potential|total earnings|zielgehalt|zieleinkommen|uncapped")

COUNTRY_NEARBY = re.compile(
    r"\b(?:(?P<US>u\.s\.?|usa|united states|american?)|(?P<CA>canada|canadian|ontario|british columbia)|(?P<AU>australian?)|(?P<NZ>new zealand)|(?P<SG>singapore)|(?P<HK>hong kong))\b"
)
"""Dollar countries named beside a sum. "us" alone is more often the pronoun, so that it counts with dots or as "usa"."""
