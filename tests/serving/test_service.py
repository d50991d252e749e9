"""The interfaces, against the application in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("starlette")
pytest.importorskip("httpx")

from starlette.testclient import TestClient

from seq2seq import Translator
from seq2seq.errors import ConfigError
from seq2seq.serving.application import make_application
from seq2seq.serving.openapi import specification
from seq2seq.serving.settings import ServiceSettings
from tests.support.examples import few
from tests.support.office_samples import office_file

SOURCE = "Esta casa es muy grande."
TARGET = "This house is very large."
TEXTS = [
    SOURCE,
    "",
    " \n ",
    "Hola. ¿Dónde está la casa? Gracias.",
    "Una línea.\n\nOtra línea:\tuna casa.",
    "1234 !",
    "Visita https://example.org/a?b=1 con <b>Ana</b> &amp; Luis.",
    "La casa de mi madre, " * 20,
    "日本語",
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a directory: two applications of one process would write to the same counters."""
    path = tmp_path / "files"
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, native_library: Path) -> Iterator[TestClient]:
    with limited(tmp_path_factory.mktemp("files"), cors=("https://example.org",)) as client:
        yield client


@pytest.fixture(scope="module")
def translator(native_library: Path) -> Translator:
    return Translator.from_pretrained("es-en")


def limited(files: Path, **settings: Any) -> TestClient:
    return TestClient(make_application(ServiceSettings(files=files, **settings)))


# Texts


def test_texts_are_translated_as_by_the_translator(
    client: TestClient, translator: Translator
) -> None:
    expected = [one.text or one.source for one in translator.translate_all(TEXTS)]
    for source in ("es", "Spanish", "auto"):
        body = {"q": TEXTS, "source": source, "target": "en"}
        found = client.post("/translate", json=body).json()
        assert found["translatedText"] == expected
    for text, translation in zip(TEXTS, expected, strict=True):
        body = {"q": text, "source": "es", "target": "en"}
        assert client.post("/translate", json=body).json() == {"translatedText": translation}


def test_a_form_json_and_a_query_mean_the_same(client: TestClient) -> None:
    fields = {"q": SOURCE, "source": "es", "target": "en"}
    raw = f"q={SOURCE}&target=en&source=es".encode()  # as curl -d sends it
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    for answer in (
        client.post("/translate", json=fields),
        client.post("/translate", data=fields),
        client.post("/translate", params=fields),
        client.post("/translate", files={name: (None, text) for name, text in fields.items()}),
        client.post("/translate", content=raw, headers=form),
        client.post("/translate", content=json.dumps(fields)),
    ):
        assert answer.json() == {"translatedText": TARGET}
    assert (
        client.post("/translate", data={"q": ["¿Sí?", SOURCE], "target": "en"}).json()[
            "translatedText"
        ][1]
        == TARGET
    )


def test_alternatives_are_the_n_best_list(client: TestClient, translator: Translator) -> None:
    best = [one.text for one in translator.translate(SOURCE, nbest=4, beam=5).alternatives]
    body = {"q": SOURCE, "source": "es", "target": "en", "alternatives": 3}
    found = client.post("/translate", json=body).json()
    assert found == {"translatedText": best[0], "alternatives": best[1:]}
    found = client.post("/translate", json=body | {"q": [SOURCE, ""]}).json()
    assert found["alternatives"] == [best[1:], []]


def test_a_text_in_the_target_language_stays(client: TestClient) -> None:
    body = {"q": "This is a house in the street.", "target": "en"}
    found = client.post("/translate", json=body).json()
    assert found["translatedText"] == body["q"]
    assert found["detectedLanguage"]["language"] == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [(SOURCE, "es"), ("Where is the house?", "en"), ("Das ist ein großes Haus.", "de"), ("", "es")],
)
def test_languages_are_detected(client: TestClient, text: str, language: str) -> None:
    [found] = client.post("/detect", data={"q": text}).json()
    assert found["language"] == language
    assert (found["confidence"] > 50) == bool(text)


# Mistakes


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"target": "en"}, "missing parameter: q"),
        ({"q": SOURCE}, "missing parameter: target"),
        ({"q": 1, "target": "en"}, "q: must be a string or a list of strings"),
        ({"q": [1], "target": "en"}, "q: must be a string or a list of strings"),
        ({"q": SOURCE, "target": "ja"}, "target: 'ja' is not supported; choose from es, en"),
        ({"q": SOURCE, "target": ["en"]}, "target: must be a string"),
        ({"q": SOURCE, "target": "en", "source": "xx"}, "source: 'xx' is not supported"),
        ({"q": SOURCE, "target": "en", "format": "pdf"}, "format: must be text or html"),
        ({"q": SOURCE, "target": "en", "alternatives": 1000}, "alternatives: must be a number"),
        ({"q": SOURCE, "target": "en", "alternatives": True}, "alternatives: must be a number"),
        ({"q": "a" * 10_001, "target": "en"}, "q: 10,001 characters; at most 10,000 at once"),
        ({"q": ["a"] * 101, "target": "en"}, "q: 101 texts; at most 100 at once"),
        ([], "body: must be a JSON object, or a form"),
    ],
)
def test_a_mistake_is_said_in_one_line(client: TestClient, body: Any, message: str) -> None:
    answer = client.post("/translate", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe{", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b'{"q": ' + b"9" * 5000 + b', "target": "en"}', "application/json"),
        (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
        (b"--x\r\n\r\n", "multipart/form-data"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=y"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_a_damaged_body_is_a_mistake(client: TestClient, content: bytes, kind: str) -> None:
    answer = client.post("/translate", content=content, headers={"content-type": kind})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_halves_of_surrogates_are_replaced(client: TestClient) -> None:
    body = '{"q": "casa \\ud800", "source": "es", "target": "e\\udfffn"}'
    assert client.post("/translate", content=body).status_code == 400
    body = '{"q": "casa \\ud800", "source": "es", "target": "en"}'
    assert client.post("/translate", content=body).status_code == 200


def test_paths_and_methods_that_do_not_exist(client: TestClient) -> None:
    assert client.get("/nothing").json()["error"] == "Not Found"
    answer = client.get("/translate")
    assert (answer.status_code, answer.json()["error"]) == (405, "Method Not Allowed")


@few(30)  # tools/check_service.py sends many more
@given(st.binary(max_size=200), st.sampled_from(["application/json", "", "multipart/form-data"]))
def test_no_body_gives_an_internal_error(client: TestClient, content: bytes, kind: str) -> None:
    for path in ("/translate", "/detect", "/translate_file", "/v2/translate", "/v2/languages"):
        answer = client.post(path, content=content, headers={"content-type": kind})
        assert answer.status_code < 500
        assert isinstance(answer.json(), dict | list)


# Limits


def test_a_body_is_refused_if_it_is_too_large(client: TestClient) -> None:
    answer = client.post("/translate", data={"q": "a" * 1_000_000})
    assert answer.status_code == 413
    assert "bytes" in answer.json()["error"]

    def pieces() -> Iterator[bytes]:  # without a length in the headers
        for _ in range(100):
            yield b"a" * 10_000

    assert client.post("/translate", content=pieces()).status_code == 413


def test_requests_a_minute_are_limited(files: Path, native_library: Path) -> None:
    client = limited(files, req_limit=2)
    codes = [client.post("/detect", data={"q": "a"}) for _ in range(3)]
    assert [one.status_code for one in codes] == [200, 200, 429]
    assert int(codes[-1].headers["retry-after"]) > 0
    assert client.get("/health").status_code == 200


def test_time_is_limited(files: Path, native_library: Path) -> None:
    with limited(files, timeout=0.001) as client:
        body = {"q": "La casa. " * 100, "source": "es", "target": "en"}
        answer = client.post("/translate", json=body)
        assert answer.status_code == 503
        assert answer.json()["error"] == "not finished in 0.001 seconds"


def test_a_service_that_does_not_run_is_not_ready(client: TestClient, files: Path) -> None:
    assert client.get("/ready").json() == {"status": "ok"}
    stopped = limited(files)
    assert stopped.get("/ready").status_code == 503
    assert stopped.get("/health").json() == {"status": "ok"}
    body = {"q": SOURCE, "source": "es", "target": "en"}
    assert stopped.post("/translate", json=body).status_code == 503


def test_only_known_keys_are_admitted(files: Path, tmp_path: Path, native_library: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("the-first-key\nthe-second-key 1\n")
    client = limited(files, keys=keys)
    for key, code in {
        "the-first-key": 200,
        "the-first": 403,
        "": 403,
        "the-second-key 1": 403,
    }.items():
        assert client.post("/detect", data={"q": "a", "api_key": key}).status_code == code
    for scheme in ("Bearer", "DeepL-Auth-Key"):
        headers = {"authorization": f"{scheme} the-first-key"}
        assert client.get("/v2/usage", headers=headers).status_code == 200
        assert client.get("/metrics", headers=headers).status_code == 200
    assert client.get("/metrics").status_code == 403
    assert client.get("/frontend/settings").json()["keyRequired"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it has no key"),
        ("# none\n\n", "it has no key"),
        ("short", "line 1: a key has at least 8 characters"),
        ("long-enough 1 2", "line 1: write a key, optionally with a number"),
        ("long-enough\nlong-enough many", "line 2: write a key"),
    ],
)
def test_a_file_of_keys_is_checked(files: Path, tmp_path: Path, content: str, message: str) -> None:
    keys = tmp_path / "keys"
    keys.write_text(content)
    with pytest.raises(ConfigError, match=message):
        limited(files, keys=keys)
    with pytest.raises(ConfigError, match="No such file"):
        limited(files, keys=tmp_path / "none")


# Files


def upload(client: TestClient, name: str, content: bytes, **fields: str) -> Any:
    form = {"source": "es", "target": "en", **fields}
    return client.post("/translate_file", data=form, files={"file": (name, content)})


def test_a_file_is_translated_line_by_line(client: TestClient, translator: Translator) -> None:
    lines = [SOURCE, "", "Gracias.", "La casa es azul. Gracias."]
    for end in ("\n", "\r\n"):
        answer = upload(client, "../../etc/A.TXT", end.join(lines).encode())
        found = client.get(answer.json()["translatedFileUrl"])
        expected = end.join(translator.translate(line).text for line in lines)
        assert found.content.decode() == expected
        assert found.headers["content-disposition"].startswith("attachment")


def test_a_page_is_translated(client: TestClient) -> None:
    page = f"<!doctype html><title>{SOURCE}</title><script>casa</script><p>{SOURCE}</p>\n"
    answer = upload(client, "a.html", page.encode())
    found = client.get(answer.json()["translatedFileUrl"])
    assert found.text == page.replace(SOURCE, TARGET)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.exe", b"", "this format is not supported; send .csv, .docm, .docx, "),
        ("txt", b"", "this format is not supported"),
        ("a.docx", b"%PDF-1.7", "file: this is a PDF"),
        ("a.vtt", SOURCE.encode(), "file: does not begin with WEBVTT"),
        ("a.csv", b"a,b", "column: name each column of the table"),
        ("a.txt", b"a" * 100_001, "file: has 100,001 characters; at most 100,000"),
    ],
)
def test_a_file_is_refused(client: TestClient, name: str, content: bytes, message: str) -> None:
    answer = upload(client, name, content)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


@pytest.mark.parametrize("name", ["cues.srt", "units.xlf", "table.csv", "letter.docx"])
def test_a_document_is_what_the_translator_writes(
    client: TestClient, translator: Translator, name: str, tmp_path: Path
) -> None:
    sample = Path(__file__).parents[1] / "documents" / "files" / name
    path = tmp_path / name
    path.write_bytes(office_file("docx") if path.suffix == ".docx" else sample.read_bytes())
    columns = {"column": "1"} if name == "table.csv" else {}
    answer = upload(client, name, path.read_bytes(), **columns).json()
    output = tmp_path / f"translated-{name}"
    translator.translate_document(path, output, columns=tuple(columns.values()))
    assert client.get(answer["translatedFileUrl"]).content == output.read_bytes()


@pytest.mark.parametrize(
    "name", ["entities.xlf", "traversal.docx", "bomb.docx", "cut.docx", "deep.json", "bytes.srt"]
)
def test_a_hostile_document_is_refused(
    client: TestClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "tools"))
    from hostile_documents import hostile_documents

    answer = upload(client, name, hostile_documents()[name])
    assert answer.status_code == 400
    message = answer.json()["error"]
    assert message.startswith("file: ")
    assert "seq2seq" not in message


def test_a_document_that_takes_too_long_is_given_up(files: Path, native_library: Path) -> None:
    with limited(files, timeout=2.0) as client:
        answer = upload(client, "a.html", b"<a b=" * 20_000)  # takes Python's parser minutes
        assert answer.status_code == 503
        assert not any(one.is_dir() for one in files.iterdir())


def test_a_file_that_is_far_too_large_is_not_read(client: TestClient) -> None:
    assert upload(client, "a.txt", b"a" * 11_000_000).status_code == 413


@pytest.mark.parametrize(
    "name", ["../setup.cfg", "..%2fsetup.cfg", "%2e%2e/setup.cfg", "/etc/passwd", "a.txt", "a" * 32]
)
def test_only_translated_files_are_downloaded(client: TestClient, name: str) -> None:
    assert client.get(f"/download_file/{name}").status_code == 404


# The rest


def test_all_interfaces_are_documented(client: TestClient, files: Path) -> None:
    paths = client.get("/spec").json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            answer = client.request(method, path.replace("{name}", "none"))
            assert str(answer.status_code) in methods[method]["responses"]
        assert path in client.get("/docs").text
    assert specification(ServiceSettings(files=files, url_prefix="/mt"))["servers"]


def test_all_paths_have_the_prefix(files: Path, native_library: Path) -> None:
    with limited(files, url_prefix="/mt/v1") as client:
        body = {"q": SOURCE, "source": "es", "target": "en"}
        assert client.post("/mt/v1/translate", json=body).json() == {"translatedText": TARGET}
        assert client.post("/translate", json=body).status_code == 404
        answer = client.post(
            "/mt/v1/translate_file",
            data={"source": "es", "target": "en"},
            files={"file": ("a.txt", b"casa" * 40_000)},
        )
        assert answer.status_code == 400  # not 413: the limit is that of files
    for wrong in ("mt", "/mt/", "/a b"):
        with pytest.raises(ConfigError, match="--url-prefix"):
            ServiceSettings(files=files, url_prefix=wrong)


def test_pages_of_other_sites_may_call_it_if_they_are_named(client: TestClient) -> None:
    for origin, allowed in {"https://example.org": True, "https://example.com": False}.items():
        answer = client.post("/detect", data={"q": ""}, headers={"origin": origin})
        assert ("access-control-allow-origin" in answer.headers) == allowed


def test_counters_are_those_of_prometheus(client: TestClient) -> None:
    client.post("/detect", data={"q": "a"})
    page = client.get("/metrics").text
    assert 'seq2seq_requests_total{route="/detect",status="200"}' in page
    assert 'seq2seq_request_seconds_bucket{route="/detect",le="+Inf"}' in page
    assert "seq2seq_waiting_requests 0" in page
    for line in page.splitlines():
        assert line.startswith("# ") or float(line.rpartition(" ")[2]) >= 0


def test_the_page_takes_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert '"es": "Spanish"' in page.text
    assert "//" not in page.text
