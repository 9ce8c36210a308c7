from __future__ import annotations

from dataclasses import replace

import pytest

from extraction.llm.tokens import prompt_hash, text_tokens, token_bound, token_count, tokens_at_least
from extraction.providers.llm import Prompt

PROMPT = Prompt(system="Answer in JSON.", user="A posting: sells boats.", schema={"type": "object", "required": []}, max_tokens=100)

# What OpenAI's o200k makes of these texts.
COUNTED = {
    "You will run the sales pipeline of our largest region and report to the head of sales.": 18,
    "• 5+ years of experience in B2B sales\n• Daily work with Snowflake and Tableau\n\nThe base salary is $120,000 - $150,000 per year.": 38,
    "Als Vertriebsleiter verantworten Sie die Umsatzentwicklung im deutschsprachigen Raum und berichten an die Geschäftsführung.": 22,
    '{"postings": [{"id": "a1b2c3d4", "title": "Senior Account Executive", "skills": ["Salesforce", "forecasting"], "salary": null}]}': 42,
    "営業チームを率い、四半期ごとの目標を達成してください。": 19,
    "Nous recherchons un·e responsable des opérations commerciales pour notre équipe à Lyon (CDI, télétravail partiel).": 25,
}


# Long words that are one token each, in scripts of two and three bytes a letter.
DENSE = {
    "Мы ищем опытного менеджера по продажам для работы с крупными корпоративными клиентами.": 20,
    "हम एक अनुभवी बिक्री प्रबंधक की तलाश कर रहे हैं जो हमारे ग्राहकों के साथ काम करेगा।": 22,
    "เรากำลังมองหาผู้จัดการฝ่ายขายที่มีประสบการณ์เพื่อดูแลลูกค้าองค์กรขนาดใหญ่": 27,
}


@pytest.mark.parametrize(("text", "tokens"), [*COUNTED.items(), *DENSE.items()])
def test_a_server_that_read_everything_is_never_said_to_have_cut(text, tokens):
    assert tokens_at_least(text) <= tokens


@pytest.mark.parametrize(("text", "tokens"), COUNTED.items())
def test_the_count_is_near_a_real_one(text, tokens):
    assert 0.8 * tokens <= text_tokens(text) <= 1.45 * tokens


def test_over_many_texts_it_is_nearer_and_rather_too_high():
    assert 1.0 <= text_tokens("\n".join(COUNTED)) / sum(COUNTED.values()) <= 1.2


@pytest.mark.parametrize("text", ["", "x" * 10_000, "1" * 10_000, "漢" * 1_000, "🙂" * 500, " " * 10_000, "\n" * 10_000])
def test_no_text_has_more_tokens_than_the_bound(text):
    prompt = replace(PROMPT, user=text)
    assert token_count(prompt) <= token_bound(prompt)
    assert token_bound(prompt) > len(text.encode())


def test_any_difference_is_another_question():
    others = [
        replace(PROMPT, system="x"),
        replace(PROMPT, user="x"),
        replace(PROMPT, schema={}),
        replace(PROMPT, max_tokens=1),
        replace(PROMPT, system="Answer in JSON.A", user=" posting: sells boats."),
    ]
    assert len({prompt_hash(prompt) for prompt in [PROMPT, *others]}) == 6
    assert prompt_hash(replace(PROMPT, schema={"required": [], "type": "object"})) == prompt_hash(PROMPT)
