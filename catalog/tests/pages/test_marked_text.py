"""The posting's text as blocks, with marks that overlap in any way."""

from hypothesis import given
from hypothesis import strategies as st

from catalog.pages.marked_text import Mark, marked_blocks, marked_line

TEXT = "About us\n\nWe sell boats.\nBig ones.\n\n• Row the boat\n• Pay: $10 per hour\n\nApply now."


def mark(key, quote, anchor=None):
    start = TEXT.index(quote)
    return Mark(key, start, start + len(quote), anchor or f"e-{key}")


def pieces(blocks):
    return [piece for block in blocks for line in block.lines for piece in line]


def test_blocks_keep_headings_paragraphs_lines_and_lists():
    blocks = marked_blocks(TEXT, [])
    assert [(b.kind, len(b.lines)) for b in blocks] == [("heading", 1), ("paragraph", 2), ("list", 2), ("paragraph", 1)]
    assert blocks[2].lines[0][0].text == "Row the boat"


def test_a_last_short_line_is_no_heading():
    assert [b.kind for b in marked_blocks("One. Two.\n\nThe end", [])] == ["paragraph", "paragraph"]


def test_a_list_right_after_its_introduction_is_a_block_of_its_own():
    assert [b.kind for b in marked_blocks("You will:\n• row\n• steer\nand rest", [])] == ["paragraph", "list", "paragraph"]


def test_a_mark_covers_exactly_its_quote_and_carries_its_anchor():
    marked = [p for p in pieces(marked_blocks(TEXT, [mark("salary", "$10 per hour")])) if p.keys]
    assert [(p.text, p.keys, p.anchors) for p in marked] == [("$10 per hour", ("salary",), ("e-salary",))]


def test_overlapping_marks_share_the_middle_piece():
    found = pieces(marked_blocks(TEXT, [mark("a", "We sell"), mark("b", "sell boats")]))
    assert [(p.text, p.keys, p.anchors) for p in found if p.keys] == [
        ("We ", ("a",), ("e-a",)),
        ("sell", ("a", "b"), ("e-b",)),
        (" boats", ("b",), ()),
    ]


def test_nested_marks_that_begin_together_keep_both_anchors():
    found = [p for p in pieces(marked_blocks(TEXT, [mark("long", "Row the boat"), mark("short", "Row")])) if p.keys]
    assert found[0].text == "Row"
    assert set(found[0].anchors) == {"e-long", "e-short"}


def test_a_mark_over_several_blocks_has_one_anchor():
    start = TEXT.index("Big ones")
    whole = Mark("long", start, TEXT.index("Apply"), "e-long")
    found = [p for p in pieces(marked_blocks(TEXT, [whole])) if p.keys]
    assert [p.text for p in found] == ["Big ones.", "Row the boat", "Pay: $10 per hour"]
    assert [p.anchors for p in found] == [("e-long",), (), ()]


def test_a_mark_that_begins_on_the_bullet_has_its_anchor_on_the_item():
    start = TEXT.index("• Row")
    found = [p for p in pieces(marked_blocks(TEXT, [Mark("item", start, start + 5, "e-item")])) if p.keys]
    assert [(p.text, p.anchors) for p in found] == [("Row", ("e-item",))]


def test_marks_outside_the_text_are_left_out():
    wrong = [Mark("a", -1, 4, "e-a"), Mark("b", 3, 3, "e-b"), Mark("c", 5, 999, "e-c")]
    assert not any(p.keys for p in pieces(marked_blocks(TEXT, wrong)))


def test_a_line_is_cut_at_its_marks():
    line = marked_line("Senior Boat Builder", [Mark("seniority", 0, 6, "e-seniority")])
    assert [(p.text, p.keys) for p in line] == [("Senior", ("seniority",)), (" Boat Builder", ())]
    assert marked_line("", []) == []


@given(
    text=st.text(alphabet="ab.• \n", max_size=80),
    spans=st.lists(st.tuples(st.integers(-3, 90), st.integers(-3, 90)), max_size=6),
)
def test_no_character_is_lost_or_doubled_and_no_anchor_used_twice(text, spans):
    marks = [Mark(f"k{i}", start, end, f"e-{i}") for i, (start, end) in enumerate(spans)]
    plain, marked = pieces(marked_blocks(text, [])), pieces(marked_blocks(text, marks))
    assert "".join(p.text for p in plain) == "".join(p.text for p in marked)
    anchors = [anchor for p in marked for anchor in p.anchors]
    assert len(anchors) == len(set(anchors))
