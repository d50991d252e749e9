"""Kernels of the C library: exact products, and the same results from all that can run here."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.engine.library import NativeLibrary
from seq2seq.engine.rules import Rules
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model
from tests.support.native_library import SOURCES, compiler

FILES = {
    "generic": "kernels_generic.c",
    "avx2": "kernels_avx2.c",
    "avx512-vnni": "kernels_avx512.c",
    "neon": "kernels_neon.c",
    "neon-dotprod": "kernels_dotprod.c",
}
"""Sources of the kernels, the fastest of each processor last."""

NEEDED: dict[str, set[str]] = {
    "generic": set(),
    "avx2": {"avx2", "fma"},
    "avx512-vnni": {"avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"},
    "neon": {"asimd"},
    "neon-dotprod": {"asimd", "asimddp"},
}
"""Features that they need, as Linux calls them."""

CPUINFO = Path("/proc/cpuinfo")

VOCAB = 60
BOS = 2
EOS = 3
RULES = Rules(beam=3, nbest=2, bos=BOS, eos=EOS, vocabulary=VOCAB)


@pytest.fixture(scope="module")
def libraries(
    compiled_library: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, NativeLibrary]:
    """Return the library with each of the kernels that this machine can run.

    The choice is made when the library is loaded, and a file is loaded only once.
    """
    folder = tmp_path_factory.mktemp("kernels")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in FILES:
            patch.setenv("SEQ2SEQ_KERNELS", name)
            library = NativeLibrary(Path(shutil.copy(compiled_library, folder / name)))
            if library.kernels == name:
                found[name] = library
    return found


def model_file(place: Path, config: ModelConfig, *, quantized: bool) -> Path:
    torch.manual_seed(2)
    model = build_model(config, VOCAB, VOCAB)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    path = place / "model.safetensors"
    save_weights(model, path, quantized=quantized)
    return path


def sentences(count: int) -> list[list[int]]:
    draw = random.Random(4)
    return [
        [*(draw.randrange(4, VOCAB) for _ in range(draw.randint(1, 9))), EOS] for _ in range(count)
    ]


@pytest.mark.skipif(not CPUINFO.exists(), reason="needs /proc/cpuinfo")
def test_the_fastest_kernels_that_the_processor_can_run_are_used(
    compiled_library: Path,
    libraries: dict[str, NativeLibrary],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("SEQ2SEQ_KERNELS", raising=False)
    flags = set(CPUINFO.read_text().split())
    assert list(libraries) == [name for name, needed in NEEDED.items() if needed <= flags]
    library = NativeLibrary(Path(shutil.copy(compiled_library, tmp_path / "fastest")))
    assert library.kernels == list(libraries)[-1]


@pytest.mark.parametrize("name", FILES)
def test_int8_products_are_exact(
    libraries: dict[str, NativeLibrary], name: str, tmp_path: Path
) -> None:
    if name not in libraries:
        pytest.skip(f"this processor has no {name}")
    program = tmp_path / "products"
    source = Path(__file__).with_name("products.c")
    defined = f'-DKERNELS="{FILES[name]}"'
    flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES}", defined]
    subprocess.run([compiler(), *flags, source, "-o", program, "-lm"], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"378 products of {name}\n")


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("cell", ["ln-lstm", "gru"])
def test_all_kernels_find_the_same(
    libraries: dict[str, NativeLibrary], cell: str, int8: bool, tmp_path: Path
) -> None:
    config = ModelConfig(cell=cell, embedding_size=24, hidden_size=40, lexical_model=True)
    weights = model_file(tmp_path, config, quantized=int8)
    rows, targets = sentences(7), sentences(7)[::-1]
    # The last bit of a float may move an activation by a step of 1/127.
    tolerance = 0.1 if int8 else 1e-3
    scores, translations = [], []
    for library in libraries.values():
        model = library.open(weights, config, source_size=VOCAB, target_size=VOCAB, int8=int8)
        scores.append(model.score(rows, targets, bos=BOS))
        found = model.translate(rows, [12] * 7, RULES)
        translations.append([one.score for hypotheses in found for one in hypotheses])
    for other in scores[1:]:
        assert other == pytest.approx(scores[0], abs=tolerance)
    for other in translations[1:]:
        assert other == pytest.approx(translations[0], abs=tolerance)
