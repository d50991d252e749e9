"""Tools import public names from `seq2seq`; those that measure internals are listed here."""

from __future__ import annotations

import ast
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"

USES_INTERNALS = {
    "benchmark.py": "counts the operations and weights of a model that it builds",
    "benchmark_decoding.py": "counts the bytes that a decoder step reads; widens the output layer",
    "benchmark_evaluation.py": "times the writing of the report",
    "benchmark_large.py": "times steps of a model on random ids",
    "benchmark_speed.py": "counts the operations of a model that it builds",
    "benchmark_streaming.py": "iterates over an epoch of batches without training",
    "benchmark_training.py": "shares tokenizers between runs",
    "build_web.py": "writes the engine of the page as the package reads it",
    "check_documents.py": "reads the segments of files without a model",
    "check_real_files.py": "reads pairs of files as a training does",
    "check_training_speed.py": "times steps of the trainer",
    "compare_engines.py": "loads a model with each engine",
    "confidence.py": "scores sentences as the calibration of the confidence does",
    "docs_commands.py": "describes the commands by the functions that typer runs",
    "docs_settings.py": "describes the settings by the sections of a configuration",
    "engine_comparison.py": "records the hypotheses that each engine finds",
    "fuzz_engine.py": "runs the kernels that the native engine would choose",
    "fuzz_models.py": "writes weights and architectures as the native engine reads them",
    "gpu_checks.py": "compares the loss and the gradients of networks on two devices",
    "gpu_ranks.py": "averages the gradients of the training's loss",
    "gpu_throughput.py": "times training steps of a network on random ids",
    "language_measures.py": "measures the language identifier of the text steps",
    "language_texts.py": "uses the text steps' own notion of letters",
    "measure_copying.py": "counts copied words as the metric does",
    "measure_documents.py": "places tags whose right places are known",
    "phrase_variants.py": "finds names as the augmentations do",
    "plant_faults.py": "plants faults and looks at what the inspection says of each pair",
    "profile_step.py": "profiles the parts of a training step",
    "shipped_card.py": "describes a model by its settings and scores",
    "shipped_gpu.py": "trains with parts of the training loop: batches, loss, optimizers",
    "shipped_install.py": "writes the files of a model directory",
    "shipped_text.py": "folds texts as the toolkit does",
    "survival.py": "reads the languages of a model from its settings",
    "torture_contents.py": "knows the files of a directory by their names",
    "torture_forks.py": "runs the commands of the package in forks",
    "torture_kills.py": "finds the log of starts by its name",
    "torture_lines.py": "writes its counts as the toolkit writes files",
    "torture_mutations.py": "damages the files that the toolkit writes, by their names",
    "torture_storage.py": "runs commands in forks with operations on files that fail",
    "torture_tally.py": "writes its tally as the toolkit writes files",
    "torture_words.py": "reads the options of the commands",
    "train_language_identifier.py": "writes the weights of the language identifier",
    "train_shipped.py": "is a program of several commands; scores dev text without intervals",
    "web_traces.py": "compares the traces of two engines",
}
"""Tools that import more than the public names, and why."""

# tools/quality.py is checked by its own tests.
FILES = sorted(path for path in TOOLS.glob("*.py") if path.name != "quality.py")


def internal_imports(path: Path) -> set[str]:
    """Return the modules below `seq2seq` that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("seq2seq.")}


def test_a_tool_imports_internals_only_if_it_is_listed() -> None:
    assert {path.name for path in FILES if internal_imports(path)} == set(USES_INTERNALS)


def test_a_public_name_is_not_imported_from_its_module() -> None:
    import seq2seq

    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("seq2seq."):
                names = {alias.name for alias in node.names} & set(seq2seq.__all__)
                assert not names, f"{path.name}: import {names} from seq2seq"
