import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.text import clean_html, clean_plain

_REPEATED = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>you</b></p><p>Bye</p>", "Hello you\n\nBye"),
        ("<li>one</li><li>two</li>", "• one\n• two"),
        ("<p>List:</p><ul><li>one</li><li><p>two</p></li></ul><p>end</p>", "List:\n\n• one\n• two\n\nend"),
        ("<ul><li>one</li></ul><ul><li>two</li></ul>", "• one\n• two"),
        ("one<br>two<br/><br/>three", "one\ntwo\n\nthree"),
        ("<div><div><div>deep</div></div></div><div>soup</div>", "deep\n\nsoup"),
        ("a&amp;nbsp;b &amp;amp; c", "a b & c"),
        ("<p>a&nbsp;&nbsp; b\n c</p>", "a b c"),
        ("<table><tr><th>City</th><th>Pay</th></tr><tr><td>Oslo</td><td>10</td></tr></table>after", "City | Pay\nOslo | 10\n\nafter"),
        ("<script>bad()</script><style>p{}</style><p>ok</p><!-- no -->", "ok"),
        ("<p>·  Typed bullet</p><p>- Another</p><p>-5 % growth</p>", "• Typed bullet\n\n• Another\n\n-5 % growth"),
        ("<p>We ask: • one thing • another • a third</p>", "We ask:\n• one thing\n• another\n• a third"),
        ("<p>un­broken\u200b text</p>", "unbroken text"),
        ("<p>unclosed <b>tags <i>everywhere", "unclosed tags everywhere"),
        ("<p>5 < 6 and 7 > 6</p>", "5 < 6 and 7 > 6"),
        ("", ""),
        ("<p> </p>", ""),
        ("<p>one <b> two</b> <i>three</i>\tfour </p>\n<p>&#160;</p><p>five</p>", "one two three four\n\nfive"),
        ("<p><b>- </b>typed</p><ul><li>· again</li><li></li><li>end</li></ul>", "• typed\n\n• again\n• end"),
        ("<p>6 > 5</p><p title='a>b'>R&amp;D &lt;3</p><p>un<b", "6 > 5\n\nR&D <3\n\nun"),
    ],
)
def test_html_becomes_text_that_keeps_blocks_and_lists(html: str, text: str) -> None:
    assert clean_html(html) == text


def test_plain_text_keeps_its_own_lines() -> None:
    assert clean_html("Title\n- one\n- two\n\n\n\nEnd &amp; out") == "Title\n• one\n• two\n\nEnd & out"
    assert clean_plain("less than <10% travel\nnext") == "less than <10% travel\nnext"


@_REPEATED
@given(st.text(alphabet=st.sampled_from("<>/pbrliultd &;#x1\x01\x03\n-•·a é\u200b"), max_size=200))
def test_any_input_gives_folded_text_without_marks(html: str) -> None:
    text = clean_html(html)
    assert not set(text) & set("\x01\x02\x03\x04")
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert clean_html(html) == text


_PIECES = [
    "<p>",
    "</p>",
    "<ul>",
    "<li>",
    "</li>",
    "</ul>",
    "<br>",
    "<b>",
    "</b>",
    "<a href='x>y'>",
    '<a href="x">',
    "</a>",
    "<div class='a b' id=c>",
    "</div>",
    "<h2>",
    "</h2>",
]
_WORDS = ["text", " ", "&amp;", "&nbsp;", "R&D", "&lt", "&#8217;", "• ", "é", "> "]


@_REPEATED
@given(st.lists(st.sampled_from(_PIECES + _WORDS), max_size=30))
def test_simple_html_reads_as_a_parser_reads_it(pieces: list[str]) -> None:
    html = f"<p>{''.join(pieces)}</p>"
    assert clean_html(html) == clean_html(f"{html}<!-- for which a parser is needed -->")


@pytest.mark.parametrize("piece", [" ", "<", "<li>", "<p>", "&nbsp;", "•", "<table><td>", "-\n", '<a href="x" ', "<p \n"])
def test_200_kilobytes_of_one_thing_are_read(piece: str) -> None:
    assert isinstance(clean_html(piece * (200_000 // len(piece))), str)
