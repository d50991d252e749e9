"""HTML: texts are translated, markup stays, and no translation becomes markup."""

from __future__ import annotations

import html
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.serving.html_text import HtmlText

HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(1)> & \"'><!-- --> ]]>"

PARTS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        '<a href="x?a=1&amp;b=>">',
        "</a>",
        "<br>",
        "<br/>",
        "<code>",
        "</code>",
        "<script>",
        "</script>",
        "<!-- c -->",
        "<!doctype html>",
        "<?php x ?>",
        "<![CDATA[",
        "]]>",
        '<span translate="no">',
        "</span>",
        '<i class="notranslate x">',
        "</i>",
        "&amp;",
        "&lt;b&gt;",
        "&#x3C;",
        "&",
        "<",
        ">",
        '"',
        "<a href='",
        "</",
        "casa",
        " grande ",
        "\n",
        "1",
        "<x0>",
        "&lt;x0&gt;",
    ]
)
PAGES = st.lists(PARTS, max_size=20).map("".join)


class Markup(HTMLParser):
    """Everything in a page that a browser acts on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))


def translated(page: str, change: object) -> str:
    text = HtmlText(page)
    again = text.retries([change(one) for one in text.texts])  # type: ignore[operator]
    return text.finish([change(one) for one in again])  # type: ignore[operator]


def tags(page: str) -> list[str]:
    return [one[0] for one in Markup(page).found if isinstance(one, tuple) and one[0] != "comment"]


@given(PAGES)
def test_no_translation_becomes_markup(page: str) -> None:
    before = tags(page)
    for hostile in (lambda text: HOSTILE, lambda text: text + HOSTILE, lambda text: ""):
        after = tags(translated(page, hostile))
        rest = iter(before)
        assert all(tag in rest for tag in after), "a tag that the page had not"


@given(st.lists(st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<br>", "casa", "&amp;"])))
def test_markup_stays_as_it_was(parts: list[str]) -> None:
    page = " ".join(parts)
    assert Markup(translated(page, str.upper)).found == Markup(page).found
    assert translated(page, lambda text: text) == page


@pytest.mark.parametrize(
    ("page", "texts", "result"),
    [
        ("casa", ["casa"], "CASA"),
        (" \n casa\t", ["casa"], " \n CASA\t"),
        ("<p>una casa</p><p>dos</p>", ["una casa", "dos"], "<p>UNA CASA</p><p>DOS</p>"),
        ("<p>una <b>casa</b>, sí</p>", ["una <x0> casa <x1> , sí"], "<p>UNA <b>CASA</b>, SÍ</p>"),
        ("a &lt;b&gt; &amp; c", ["a <b> & c"], "A &lt;B&gt; &amp; C"),
        ("a<br>b", ["a", "b"], "A<br>B"),
        ("<a title='casa'>b</a>", ["b"], "<a title='casa'>B</a>"),
        ("a <code>b</code> c", ["a <x0> c"], "A <code>b</code> C"),
        ('a <i class="notranslate">b <i>c</i></i> d', ["a <x0> d"], None),
        ('<div translate="no">b <div>c</div></div> d', ["d"], None),
        ("<script>var a = '<p>b</p>';</script>c", ["c"], None),
        ("<!doctype html><title>a</title>b", ["a", "b"], "<!doctype html><title>A</title>B"),
        ("<style>p {}</style><!-- b --><!doctype html>", [], None),
        ("1 <b>2</b> !", [], "1 <b>2</b> !"),
        ("", [], ""),
        ("&lt;x0&gt; a <b>b</b>", ["<x0> a", "b"], "&lt;X0&gt; A <b>B</b>"),
    ],
)
def test_a_page_is_split_into_sentences(page: str, texts: list[str], result: str | None) -> None:
    assert HtmlText(page).texts == texts
    if result is not None:
        assert translated(page, upper) == result


def upper(text: str) -> str:
    return text.upper().replace("<X", "<x") if "<x" in text and " <x" in text else text.upper()


@pytest.mark.parametrize("answer", ["A", "<x1> A <x0>", "<x0> <x1> A", "<x0> <x0> A <x1>", ""])
def test_texts_are_translated_one_by_one_if_markers_are_lost(answer: str) -> None:
    page = HtmlText("una <b>casa</b> roja")
    assert page.retries([answer]) == ["una", "casa", "roja"]
    assert page.finish(["A", "<B>", "C"]) == "A <b>&lt;B&gt;</b> C"


def test_many_tags_in_a_sentence_are_too_many_for_the_model() -> None:
    page = "".join(f"<b>a{letter}</b> " for letter in "bcdefghijklm")
    assert len(HtmlText(page).texts) == 12


@pytest.mark.parametrize(
    "part", ["<", "<!--", "<a ", "</", "<![CDATA[", "&", "<b>", "<a b='", "<?", "<!", "<script>"]
)
def test_time_is_bounded_for_hostile_pages(part: str) -> None:
    page = part * (20_000 // len(part))
    started = time.process_time()
    translated(page, html.escape)
    assert time.process_time() - started < 2
