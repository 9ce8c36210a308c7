from extraction.rules.key_functions import MAX_ITEMS, key_functions
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
