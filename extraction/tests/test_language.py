import pytest

from extraction.language import detect_language, language_notes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We are looking for a person who will work with our team in the office of the company.", "en"),
        ("Wir suchen eine Person für unser Team, die mit uns und den Kunden auf eine neue Art arbeitet.", "de"),
        ("Nous recherchons une personne pour notre équipe, avec des missions dans les domaines suivants.", "fr"),
        ("Buscamos una persona para el equipo con experiencia en los procesos y las ventas del sector.", "es"),
        ("Procuramos uma pessoa para a nossa equipe com experiência em vendas e que não tenha medo.", "pt"),
        ("Cerchiamo una persona per il nostro team che sono con gli altri della squadra di vendita.", "it"),
        ("Wij zoeken een collega voor het team die met ons werkt en niet bang is van de klant.", "nl"),
        ("営業チームで働く方を募集しています。経験は問いません。", "ja"),
        ("我们正在寻找一位销售经理加入我们的团队", "zh"),
        ("Мы ищем менеджера по продажам в нашу команду", "ru"),
        ("영업 팀에서 함께 일할 사람을 찾고 있습니다", "ko"),
    ],
)
def test_language_of_a_text(text: str, code: str) -> None:
    assert detect_language(text) == code


def test_text_decides_before_the_stated_language() -> None:
    english = "You will work with the team and report to the head of sales in our office."
    assert detect_language(english, stated="fr") == "en"


@pytest.mark.parametrize(("stated", "code"), [("zhHant", "zh"), ("pt-BR", "pt"), ("en", "en"), ("", None), (None, None), ("other", None)])
def test_stated_language_is_used_where_the_text_says_nothing(stated: str | None, code: str | None) -> None:
    assert detect_language("Lisbon 2026", stated) == code


def test_a_text_in_another_language_says_so() -> None:
    assert language_notes("en") == language_notes(None) == []
    assert language_notes("ko")[0].startswith("Text in Korean:")
    assert language_notes("xx")[0].startswith("Text in xx:")


def test_japanese_written_mostly_in_kanji_is_not_chinese() -> None:
    assert detect_language("株式会社山田 営業部長募集要項 勤務地東京都千代田区 給与年収八百万円以上 新規顧客開拓および既存顧客対応") == "ja"
    assert detect_language("我們在東京の店招聘銷售經理 負責開拓新客戶並維護現有客戶關係") == "zh"
