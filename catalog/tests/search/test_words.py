from __future__ import annotations

import pytest

from catalog.search.words import as_typed, is_phrases, is_plain, some_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crypto compliance officer", "compliance officer OR crypto officer OR crypto compliance"),
        ('"data engineer" berlin', 'berlin OR "data engineer"'),
        ("part-time R&D", "R&D OR part-time"),
        ("go go", "go"),
        ("snow* berlin", "berlin OR snow*"),
        ("sales", ""),
        ("sales -intern", ""),
        ("sales remote -intern", ""),
        ("IT manager -sales", ""),
        ("IT manager |-sales", ""),
        ("IT manager a|(-sales", ""),
        ('foo bar -"baz', ""),
        ('foo bar -"baz qux"', ""),
        ('foo "bar baz', ""),
        ('foo b"ar baz', ""),
        ('foo bar"baz qux"', ""),
        ("sales or marketing", ""),
        ("a b c d e f g h i", ""),
        ("", ""),
    ],
)
def test_all_but_one_of_the_words(text, expected):
    assert some_words(text) == expected


@pytest.mark.parametrize("text", ["sales", "", "sales -intern", '"sales manager" berlin', "sales OR manager", "snow* berlin"])
def test_only_plain_words_are_a_phrase(text):
    assert not is_plain(text)
    assert is_plain("sales manager")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"sales manager"', True),
        ('"sales manager" berlin', True),
        ('"sales or marketing" "-lead"', True),
        ("sales manager", False),
        ('"sales manager" -intern', False),
        ('-"sales manager" intern', False),
        ('"sales manager" OR intern', False),
        ('"sales manager" intern*', False),
        ('"sales manager" |-intern', False),
        ('"sales manager', False),
        ('"sales manager" or, intern', False),
        ('"sales manager" OR. intern', False),
        ('"sales manager" or(intern', False),
        ('"sales manager" or/intern', False),
        ('"sales manager" x.com:8080', False),
        ('"sales manager" x.com/?a=1&b=2', False),
        ('"sales manager: (or) x" organic director or-gate', True),
    ],
)
def test_phrases_and_nothing_else(text, expected):
    assert is_phrases(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accountant", "accountant"),
        ("  sales   manager ", "sales manager"),
        ('"sales manager"', "sales manager"),
        ('"sales manager" berlin', "sales manager berlin"),
        ("C++ R&D", "C++ R&D"),
        ("sales -intern", ""),
        ("sales OR manager", ""),
        ("snow*", ""),
        ('"sales manager', ""),
        ("", ""),
    ],
)
def test_the_words_as_typed(text, expected):
    assert as_typed(text) == expected
