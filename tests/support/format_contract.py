"""Contract of a document format: what is not translated stays, and what is no such file is refused.

A plug-in can check its own format with it:

    check_format(Lyrics(), b"[00:12.00]La casa\\n")
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from seq2seq.documents.document import DocumentFormat, ReadOptions, Target
from seq2seq.errors import ConfigError, DataError

OPTIONS = ReadOptions(("1",), True, "es", "en")


def check_format(one: DocumentFormat, sample: bytes, options: ReadOptions = OPTIONS) -> None:
    """Check a format with a file of its own, and with what hostile people make of it.

    Args:
        one: The format.
        sample: Content of a file with something to translate.
        options: What to translate.

    Raises:
        AssertionError: The format breaks its contract.
    """
    assert one.title
    assert all(suffix.startswith(".") and suffix.islower() for suffix in one.suffixes)
    assert any(segment.has_letters for segment in one.read(sample, options).segments)
    check_identity(one, sample, options)
    for data in hostile(sample):
        complaint = _complaint(one, data, options)
        assert complaint is None or (complaint and "\n" not in complaint), data


def _complaint(one: DocumentFormat, data: bytes, options: ReadOptions) -> str | None:
    """Return why a format refuses a file; None if it reads it, and gives it back."""
    try:
        check_identity(one, data, options)
    except (ConfigError, DataError) as error:
        return str(error)
    except Exception as error:  # whatever it is, it is the format's fault
        pytest.fail(f"{type(error).__name__}: {error} on {data[:200]!r}")
    return None


def check_identity(one: DocumentFormat, data: bytes, options: ReadOptions = OPTIONS) -> None:
    """Check that an identity translation gives a file back byte for byte."""
    document = one.read(data, options)
    same = [None if part.current is None else Target(part.current) for part in document.segments]
    assert document.write(same) == data
    assert document.write([None] * len(document.segments)) == data


def hostile(sample: bytes) -> Iterator[bytes]:
    """Yield damaged forms of a file, and files that are no such file."""
    chance = random.Random(7)
    yield from (b"", b"\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", bytes(range(256)), b"<" * 3000)
    yield from (b"{[" * 3000, b"PK\x03\x04" + bytes(100), "ñ".encode("latin-1") * 9)
    for part in range(1, 12):
        yield sample[: len(sample) * part // 12]
        yield sample[len(sample) * part // 12 :]
    for _ in range(60):
        changed = bytearray(sample)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield bytes(changed)
