"""The clients that people use, against a started service.

Clients in Python are in the extra `dev`. The one in JavaScript needs node and `npm install
libretranslate`, in this directory or in $SEQ2SEQ_NPM.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service_process import StartedService, started, wait_for

SOURCE = "Esta casa es muy grande."
TARGET = "This house is very large."
KEY = "a-key-of-a-test"

CLIENT = """\
const { translate } = require("libretranslate");
const [apiurl, query, apiKey] = process.argv.slice(2);
(async () => {
  for (const source of ["es", "auto"]) {
    console.log(await translate({ query, source, target: "en", apiurl, apiKey }));
  }
})();
"""


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, native_library: Path
) -> Iterator[StartedService]:
    directory = tmp_path_factory.mktemp("service")
    keys = directory / "keys"
    keys.write_text(f"# of a test\n{KEY}\nanother-key 1\n")
    with started(directory, "--api-keys", keys) as running:
        yield running


def test_libretranslatepy(service: StartedService) -> None:
    libretranslatepy = pytest.importorskip("libretranslatepy")
    client = libretranslatepy.LibreTranslateAPI(service.url, KEY)
    assert client.translate(SOURCE, "es", "en") == TARGET
    assert client.translate(SOURCE, "auto", "en") == TARGET
    assert {"code": "en", "name": "English", "targets": ["en", "es"]} in client.languages()
    assert client.detect(SOURCE)[0]["language"] == "es"


def test_translate(service: StartedService) -> None:
    translate = pytest.importorskip("translate")
    for language in ("es", "autodetect"):
        client = translate.Translator(
            provider="libre",
            from_lang=language,
            to_lang="en",
            base_url=service.url,
            secret_access_key=KEY,
        )
        assert client.translate(SOURCE) == TARGET


def test_deep_translator(service: StartedService) -> None:
    deep_translator = pytest.importorskip("deep_translator")
    options = {"source": "es", "target": "en", "custom_url": f"{service.url}/"}
    client = deep_translator.LibreTranslator(api_key=KEY, **options)
    assert client.translate(SOURCE) == TARGET
    assert client.translate_batch([SOURCE, "Gracias."]) == [TARGET, client.translate("Gracias.")]
    client = deep_translator.LibreTranslator(api_key="wrong", **options)
    with pytest.raises(deep_translator.exceptions.AuthorizationException):
        client.translate(SOURCE)


def test_deepl(service: StartedService) -> None:
    deepl = pytest.importorskip("deepl")
    client = deepl.DeepLClient(KEY, server_url=service.url, send_platform_info=False)
    one = client.translate_text(SOURCE, target_lang="EN-US")
    assert (one.text, one.detected_source_lang) == (TARGET, "ES")
    assert one.billed_characters == len(SOURCE)
    several = client.translate_text(
        ["<p>Esta casa</p>", "<b>Gracias.</b>"],
        source_lang="ES",
        target_lang="EN-GB",
        tag_handling="html",
    )
    assert [one.text[:3] for one in several] == ["<p>", "<b>"]
    assert [one.code for one in client.get_source_languages()] == ["ES", "EN"]
    assert [one.code for one in client.get_target_languages()] == ["EN", "ES"]
    assert not client.get_usage().any_limit_reached
    with pytest.raises(deepl.DeepLException, match="is not supported"):
        client.translate_text(SOURCE, target_lang="JA")
    wrong = deepl.DeepLClient("wrong", server_url=service.url)
    with pytest.raises(deepl.AuthorizationException):
        wrong.translate_text(SOURCE, target_lang="EN-US")


def test_libretranslate_of_npm(service: StartedService, tmp_path: Path) -> None:
    node = shutil.which("node")
    modules = Path(os.environ.get("SEQ2SEQ_NPM", ".")) / "node_modules"
    if node is None or not (modules / "libretranslate").is_dir():
        pytest.skip("needs node, and the package libretranslate of npm in $SEQ2SEQ_NPM")
    program = tmp_path / "client.cjs"
    program.write_text(CLIENT)
    done = subprocess.run(
        [node, program, service.url, SOURCE, KEY],
        env={**os.environ, "NODE_PATH": str(modules.resolve())},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [TARGET, TARGET]


def test_mastodon(service: StartedService) -> None:
    """Send what Mastodon's TranslationService::LibreTranslate sends."""
    httpx = pytest.importorskip("httpx")
    texts = [
        '<p>Esta casa es <a href="https://example.org/?a=1&amp;b=2">muy</a> grande.</p>',
        "Gracias.",
        "",
    ]
    body = {"q": texts, "source": "auto", "target": "en", "format": "html", "api_key": KEY}
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(
        f"{service.url}/translate", content=json.dumps(body), headers=headers, timeout=10
    )
    found = answer.json()
    assert found["translatedText"][0] == texts[0].replace("Esta casa es", "This house is").replace(
        "muy", "very"
    ).replace("grande", "large")
    assert found["translatedText"][2] == ""
    assert [one["language"] for one in found["detectedLanguage"]] == ["es"] * 3
    languages = httpx.get(f"{service.url}/languages").json()
    assert {one["code"]: one["targets"] for one in languages}["es"] == ["en", "es"]


def test_a_key_has_a_limit_of_its_own(service: StartedService) -> None:
    httpx = pytest.importorskip("httpx")
    form = {"q": "a", "target": "en", "api_key": "another-key"}
    codes = [httpx.post(f"{service.url}/detect", data=form).status_code for _ in range(2)]
    assert codes == [200, 429]
    assert httpx.post(f"{service.url}/detect", data={"q": "a"}).status_code == 403


def test_the_log_holds_no_texts(service: StartedService) -> None:
    httpx = pytest.importorskip("httpx")
    parameters = {"q": "secreto", "target": "en", "api_key": KEY}
    assert httpx.post(f"{service.url}/translate", params=parameters).status_code == 200
    assert httpx.post(f"{service.url}/secreto", params=parameters).status_code == 404
    # An answer may arrive before its line is in the log.
    wait_for(lambda: "POST other 404" in service.log.read_text())
    log = service.log.read_text()
    assert "POST /translate 200" in log
    assert "secreto" not in log
    assert KEY not in log
