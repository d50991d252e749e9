"""Documents that try to crash a reader, to fill its memory, or to reach other files."""

from __future__ import annotations

import io
import warnings
import zipfile


def hostile_documents() -> dict[str, bytes]:
    """Return documents by their names; the suffix says what they pretend to be."""
    bomb = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10)
    )
    other = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    body = "<xliff version='1.2'><trans-unit><source>{}</source></trans-unit></xliff>"
    text = "<w:p><w:r><w:t>hola</w:t></w:r></w:p>"
    word = f'<w:document xmlns:w="w"><w:body>{text}</w:body></w:document>'
    packed = _package({"word/document.xml": word.encode()})
    return {
        "entities.xlf": (bomb + "]>" + body.format("&k;")).encode(),
        "file.xlf": (other + body.format("&a;")).encode(),
        "deep.xlf": ("<xliff version='1.2'>" + "<g>" * 100_000).encode(),
        "open.tmx": b"<tmx><body><tu>",
        "bytes.xlf": body.format("\xe9").encode("latin-1"),
        "traversal.docx": _package({"../../etc/cron": b"x", "word/document.xml": word.encode()}),
        "absolute.docx": _package({"/etc/cron": b"x", "word/document.xml": word.encode()}),
        "twice.docx": _package({"word/document.xml": word.encode()}, twice=True),
        "bomb.docx": _package({"word/document.xml": b" " * 30_000_000}),
        "entities.docx": _package({"word/document.xml": (bomb + "]><a>&k;</a>").encode()}),
        "cut.docx": packed[: len(packed) // 2],
        "noise.docx": packed.replace(b"document", b"d\0cument"),
        "nothing.xlsx": _package({}),
        "deep.json": b"[" * 200_000,
        "open.json": b'{"a": "b',
        "deep.html": b"<div><b>" * 20_000 + b"hola",
        "open.html": b"<p>hola<" * 20_000,
        "quotes.md": b"> " * 50_000 + b"hola",
        "stars.md": b"**a *b _c `d [e](" * 5_000,
        "brackets.md": b"[" * 50_000,
        "bytes.srt": "1\n00:00:01,000 --> 00:00:02,000\nadi\xf3s\n".encode("latin-1"),
        "times.srt": b"1\n99:99:99,999 --> 00:00:00,000\nhola\n" + b"-->" * 100_000,
        "none.vtt": b"hola",
        "quotes.csv": b'a,b\n"hola,1\n' * 2,
        "open.po": b'msgid "hola\nmsgstr ""\n',
        "lone.po": b'msgid "hola"\n\nmsgid "b"\n',
        "slashes.properties": b"a=" + b"\\" * 200_001,
        "codes.properties": b"a=\\ud800 \\uzzzz hola",
        "nul.txt": b"ho\0la",
    }


def _package(parts: dict[str, bytes], *, twice: bool = False) -> bytes:
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, data in list(parts.items()) * (2 if twice else 1):
            archive.writestr(name, data)
    return packed.getvalue()
