"""Documentation: every command and every Python block of its pages runs.

Trainings are cut to a few steps; tools/run_pages.py runs the pages in full.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
STEPS = "3"
PAGES = [
    ROOT / "README.md",
    *(
        path
        for folder in ("tutorials", "how-to", "explanation")
        for path in sorted((ROOT / "docs" / folder).glob("*.md"))
    ),
]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import pages

    return pages


def run(
    programs: Path, *pages: Path, cwd: Path, steps: str = STEPS
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHON_EXEC": str(programs / "python"),  # for torch's launcher
        "SEQ2SEQ_PAGE_STEPS": steps,
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("SEQ2SEQ_MODEL", None)
    command = [str(programs / "python"), str(ROOT / "tools" / "run_pages.py"), *map(str, pages)]
    return subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("page", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_every_block_of_a_page_runs(page: Path, programs: Path, tmp_path: Path) -> None:
    done = run(programs, page, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_blocks_share_a_directory_a_namespace_and_files(programs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        """\
```python
first = 1
```

- in a list:

    ```bash
    echo "one two" | tr ' ' '\\n' > lines
    test -f recipes/sample_es_en/train.tsv
    translate --version
    ```

<!-- run: echo hidden > file -->
```text
not run
```

```python title="mine.py"
print("mine")
```

```python
assert first == 1
assert open("file").read() == "hidden\\n"
assert open("lines").read() == "one\\ntwo\\n"
```

```bash
test "$(python mine.py)" = mine
```

<!-- not run: fails -->
```bash
false
```
""",
        encoding="utf-8",
    )
    done = run(programs, page, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("--- ") == 5


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("```bash\ntrue\nfalse | cat\n```", "line 2: exit status 1"),
        ("text\n\n```python\nx = 1\nassert x == 2\n```", "line 4: AssertionError"),
        ("```bash\ntrue", "line 1: the block is not closed"),
        ("```bash\ntranslate --no-such-option\n```", "line 2: exit status 2"),
    ],
)
def test_a_block_that_fails_is_named(
    block: str, message: str, programs: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(block, encoding="utf-8")
    done = run(programs, page, cwd=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr


def test_trainings_are_shortened(programs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    sample = "recipes/sample_es_en"
    page.write_text(
        f"""\
```yaml title="config.yaml"
data: {{train: {sample}/train.tsv, dev: {sample}/dev.tsv, train_pairs: 200}}
tokenizer: {{vocab_size: 400}}
model: {{embedding_size: 8, hidden_size: 8}}
```
```bash
seq2seq train config.yaml --cpu --output run
```
```python
from seq2seq import Config, train

config = Config.load("config.yaml")
assert config.training.max_steps > 100
assert train(config, output="again", cpu=True).step == 2
```
""",
        encoding="utf-8",
    )
    done = run(programs, page, cwd=tmp_path, steps="2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "trained 2 steps" in done.stderr


def test_the_time_is_written_between_its_marks(tool: ModuleType) -> None:
    marks = "a <!-- took -->old<!-- /took --> b"
    once = tool.with_time(marks, 100, "2026-01-01")
    assert once == (
        "a <!-- took -->The commands of this page took 2 minutes on two CPU cores (2026-01-01)."
        "<!-- /took --> b"
    )
    assert tool.with_time(once, 20, "2026-01-02").count("took 1 minute on two") == 1
    assert tool.with_time("without marks", 20, "2026-01-02") == "without marks"
