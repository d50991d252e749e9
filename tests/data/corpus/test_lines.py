"""Lines: line ends, repairs, and bounds on memory and on the time to the first line."""

from __future__ import annotations

import gzip
import io
import os
import threading
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.corpus.lines import Line, open_binary, read_lines
from seq2seq.errors import DataError


def lines_of(data: bytes, limit: int = 1 << 20) -> list[Line]:
    return list(read_lines(io.BytesIO(data), limit))


def texts_of(data: bytes, limit: int = 1 << 20) -> list[str]:
    return [line.text for line in lines_of(data, limit)]


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\r\nb\r", ["a\r", "b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
        (b"\xef\xbb\xbf", []),
        (b"\xef\xbb\xbf\n", [""]),
        (b" a \t\n", [" a \t"]),
    ],
)
def test_a_line_is_what_stands_before_a_newline(data: bytes, texts: list[str]) -> None:
    assert texts_of(data) == texts


def test_only_a_newline_splits() -> None:
    text = "a\rb\u2028c\u2029d\x0be\x0cf\x85g\x1ch\x1di\x1ej"
    assert lines_of(text.encode() + b"\nk\n") == [Line(text), Line("k")]


@given(
    st.lists(
        st.text()
        .map(lambda text: text.replace("\n", "").replace("\0", ""))
        .filter(lambda t: t[-1:] != "\r")
    )
)
def test_any_text_survives(texts: list[str]) -> None:
    assert texts_of(b"\xef\xbb\xbf" + "".join(text + "\n" for text in texts).encode()) == texts


@given(st.binary(max_size=200), st.integers(1, 20))
def test_no_bytes_break_it_and_none_are_left_out(data: bytes, limit: int) -> None:
    lines = lines_of(data, limit)
    content = data.removeprefix(b"\xef\xbb\xbf")
    assert len(lines) == content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
    for line, raw in zip(lines, content.split(b"\n"), strict=False):
        whole = raw.removesuffix(b"\r")
        assert ("cut" in " ".join(line.problems)) == (len(whole) > limit)
        if not line.problems:
            assert line.text.encode() == whole


def test_what_was_mended_is_said() -> None:
    assert lines_of(b"a\0b\n\xff\xfe\n\0\xe9\nok\n") == [
        Line("a b", ("NUL",)),
        Line("\ufffd\ufffd", ("undecodable bytes",)),
        Line(" \ufffd", ("undecodable bytes", "NUL")),
        Line("ok"),
    ]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_of_just_the_limit_is_whole(end: bytes) -> None:
    assert lines_of(b"\xef\xbb\xbfabcd" + end, limit=4) == [Line("abcd")]


def test_a_line_beyond_the_limit_is_cut_at_a_character_and_the_next_one_is_whole() -> None:
    data = ("a" + "ñ" * 5000).encode() + b"\nnext\n"
    first, second = lines_of(data, limit=4)
    assert first == Line("añ", ("cut at 4 bytes",))
    assert second == Line("next")
    assert lines_of(b"\x80" * 9, limit=5)[0].problems == ("undecodable bytes", "cut at 5 bytes")


class Endless(io.RawIOBase):
    """So many bytes without a newline, made as they are read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        count = min(len(buffer), self.left)
        buffer[:count] = b"x" * count
        self.left -= count
        return count


def test_an_endless_line_is_not_held() -> None:
    stream = io.BufferedReader(Endless(60_000_000), 1 << 16)
    tracemalloc.start()
    try:
        (line,) = read_lines(stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert line.problems == ("cut at 1,048,576 bytes",)
    assert len(line.text) == 1 << 20
    assert peak < 10_000_000


def test_a_line_comes_as_soon_as_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    seen = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            pipe.write("¿Qu".encode())
            pipe.write("é?\nhal".encode())
            seen.wait(10)
            pipe.write(b"f\n")

    writer = threading.Thread(target=write)
    writer.start()
    with open_binary(str(path)) as stream:
        lines = read_lines(stream)
        assert next(lines) == Line("¿Qué?")
        seen.set()
        assert list(lines) == [Line("half")]
    writer.join()


def test_zstandard_is_unpacked_and_damage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text"
    packed = [bytes(pa.compress(one, codec="zstd", asbytes=True)) for one in (b"a\n", b"b\n")]
    path.write_bytes(b"".join(packed))
    with open_binary(str(path)) as stream:
        assert [line.text for line in read_lines(stream)] == ["a", "b"]
    long = bytes(pa.compress(bytes(range(256)) * 999, codec="zstd", asbytes=True))
    for damaged in (long[:-9], long[:9] + b"\xff" * 20 + long[29:], packed[0][:5]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="text: "), open_binary(str(path)) as stream:
            stream.read()


@pytest.mark.parametrize("name", ["text", "text.gz"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_first_bytes_and_not_the_name_say_whether_a_file_is_gzipped(
    tmp_path: Path, name: str, packed: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n") if packed else b"a\nb\n")
    with open_binary(str(path)) as stream:
        assert [line.text for line in read_lines(stream)] == ["a", "b"]


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "empty.gz"
    path.touch()
    with open_binary(str(path)) as stream:
        assert list(read_lines(stream)) == []


def test_the_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"a\n")
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    for _ in range(5):
        with open_binary(str(path)) as stream:
            next(read_lines(stream))
    assert stream.closed
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


def test_files_that_cannot_be_opened_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.txt: there is no such file"):
        open_binary(str(tmp_path / "nowhere.txt"))
    with pytest.raises(DataError, match="is a directory"):
        open_binary(str(tmp_path))
    with pytest.raises(DataError, match="cannot be opened"):
        open_binary("a\0b")
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DataError, match="cannot be opened: Not a directory"):
        open_binary(str(file / "x"))


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(0o000)
    with pytest.raises(DataError, match=r"secret: cannot be opened: Permission denied"):
        open_binary(str(path))


@pytest.mark.parametrize("damage", ["truncated", "flipped", "followed by rubbish"])
def test_a_damaged_gzip_is_named(tmp_path: Path, damage: str) -> None:
    whole = gzip.compress(b"".join(b"%d and some text\n" % number for number in range(5000)))
    data = {
        "truncated": whole[: len(whole) // 2],
        "flipped": whole[:2000] + bytes(byte ^ 0xFF for byte in whole[2000:2100]) + whole[2100:],
        "followed by rubbish": whole + b"rubbish",
    }[damage]
    path = tmp_path / "bad.gz"
    path.write_bytes(data)
    with (
        pytest.raises(DataError, match=r"bad\.gz: damaged or incomplete gzip"),
        open_binary(str(path)) as stream,
    ):
        list(read_lines(stream))
