from __future__ import annotations

from ingestion.history import FieldChange, payload_changes


def test_leaves_are_named_by_pointer():
    before = {"id": 1, "title": "A", "tags": ["x", "y"], "pay": {"min": 1, "a/b": None}}
    after = {"id": 2, "title": "B", "tags": ["x"], "pay": {"min": 1, "a/b": 3, "max": 2}}
    changes = payload_changes(before, after, ("title", "tags", "pay"))
    assert [(c.pointer, c.before, c.after) for c in changes] == [
        ("/title", "A", "B"),
        ("/tags/1", "y", None),
        ("/pay/a~1b", None, 3),
        ("/pay/max", None, 2),
    ]


def test_only_the_fields_that_matter_count():
    assert payload_changes({"updated_at": 1}, {"updated_at": 2}, ("title",)) == []


def test_a_field_that_changes_its_type_has_changed():
    assert payload_changes({"pay": [1]}, {"pay": {"0": 1}}, ("pay",)) == [FieldChange("/pay", [1], {"0": 1})]
    assert payload_changes({"pay": 1}, {"pay": True}, ("pay",)) == [FieldChange("/pay", 1, True)]


def test_long_texts_are_shown_where_they_differ():
    before, after = FieldChange("/content", "a" * 90 + "old" + "z" * 90, "a" * 90 + "newer" + "z" * 90).shown
    assert (before, after) == ("…" + "a" * 20 + "old" + "z" * 20 + "…", "…" + "a" * 20 + "newer" + "z" * 20 + "…")


def test_one_side_may_be_missing():
    assert FieldChange("/pay", None, {"min": 1}).shown == ("", "{'min': 1}")
    assert FieldChange("/text", "same", "same and more").shown == ("same", "same and more")
