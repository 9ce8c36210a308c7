from extraction.document import Section, SectionKind
from extraction.rules.key_functions import MAX_ITEMS, key_functions, list_items
from extraction.tests.documents import a_document


def test_items_of_all_responsibilities_lists_in_order() -> None:
    document = a_document(
        "What you'll do\n\nYou join a team of welders in Ghent.\n\n• Weld anvils to chains\n• Check every chain\n\nRequirements\n\n• Steady hands\n\n"
        "Your tasks\n\n• Keep the hall clean and tidy"
    )
    finding = key_functions(document)
    assert finding.value == ("Weld anvils to chains", "Check every chain", "Keep the hall clean and tidy")
    assert all(document.text[s.start : s.end] == s.quote for s in finding.evidence)


def test_paragraphs_count_where_there_are_no_bullets() -> None:
    assert key_functions(a_document("Responsibilities\n\nYou weld anvils.\nYou check every chain.")).value == (
        "You weld anvils.",
        "You check every chain.",
    )


def test_a_long_paragraph_is_cut_after_a_sentence() -> None:
    sentence = "You weld anvils to chains and check each of them with great care. "
    (item,) = key_functions(a_document("Responsibilities\n\n• " + sentence * 12)).value
    assert item.endswith("great care.")
    assert len(item) <= 400


def test_no_list_gives_nothing_and_a_long_one_is_bounded() -> None:
    assert key_functions(a_document("We are a bakery.")).value == ()
    many = "\n".join(f"• Weld anvil number {n} to the chain" for n in range(50))
    assert len(key_functions(a_document(f"Responsibilities\n\n{many}")).value) == MAX_ITEMS


def test_bullets_at_the_ends_of_a_section_are_items() -> None:
    text = "• Weld anvils to chains\n• short\n\nRequirements\n• Steady hands and eyes\n• A truck of your own"
    first = Section(SectionKind.RESPONSIBILITIES, "", 0, text.index("Requirements"))
    last = Section(SectionKind.REQUIREMENTS, "Requirements", first.end, len(text))
    assert [text[start:end] for start, end in list_items(text, first)] == ["Weld anvils to chains"]
    assert [text[start:end] for start, end in list_items(text, last)] == ["Steady hands and eyes", "A truck of your own"]
    assert list_items("• Weld an anvil", Section(SectionKind.RESPONSIBILITIES, "", 0, 15)) == [(2, 15)]
