"""The release: state of a repository, contents of made-up archives, commands and their progress."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import release as tool
import release_contents as contents
import release_install as install
import release_state as state
from release_commands import ReleaseError, run

ROOT = Path(__file__).parents[2]
INFO = "seq2seq_translate-1.2.0.dist-info"
TOP = "seq2seq_translate-1.2.0"
METADATA = b"Name: seq2seq-translate\nVersion: 1.2.0\n\ntext\n"
SCRIPTS = b"[console_scripts]\nseq2seq = seq2seq.cli.app:main\ntranslate = seq2seq.cli.app:x\n"
PACKAGE = {
    "seq2seq/__init__.py": b"",
    "seq2seq/engine/web/engine.mjs": b"",
    "seq2seq/engine/web/s2s.wasm.gz": b"",
    "seq2seq/py.typed": b"",
    "seq2seq/reports/templates/page.html.j2": b"page",
    "seq2seq/shipped/es-en/README.md": b"# card",
    "seq2seq/shipped/es-en/config.yaml": b"data:",
    "seq2seq/shipped/es-en/manifest.json": b"{}",
    "seq2seq/shipped/es-en/model.safetensors": b"\0weights",
    "seq2seq/shipped/es-en/tokenizer/tokenizer.json": b"{}",
    "seq2seq/text_steps/languages.bin": b"\1",
    "seq2seq/text_steps/sentences.json": b"{}",
    "seq2seq/web/page/main.mjs": b"",
    "seq2seq/web/static/index.html": b"",
}
SOURCES = {
    "seq2seq/engine/native/call.c": b"int x;",
}
TREE = {**PACKAGE, **SOURCES}
WHEEL = {
    **PACKAGE,
    **dict.fromkeys(contents.LIBRARIES, b"\x7fELF"),
    f"{INFO}/METADATA": METADATA,
    f"{INFO}/entry_points.txt": SCRIPTS,
}
SDIST = {
    **TREE,
    **dict.fromkeys(contents.BESIDE, b""),
    "PKG-INFO": METADATA,
    "seq2seq_translate.egg-info/SOURCES.txt": b"",
}


def wheel_of(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / f"{TOP}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def sdist_of(folder: Path, files: Mapping[str, bytes], *, top: str = TOP, link: str = "") -> Path:
    path = folder / f"{TOP}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo(f"{top}/{link}")
            member.type = tarfile.SYMTYPE
            member.linkname = "/etc/passwd"
            archive.addfile(member)
    return path


def problems_of(folder: Path, kind: str, files: Mapping[str, bytes]) -> list[str]:
    if kind == "wheel":
        wheel = wheel_of(folder, files)
        return contents.wheel_problems(wheel, package=TREE, version="1.2.0")
    return contents.sdist_problems(sdist_of(folder, files), package=TREE, version="1.2.0")


both = pytest.mark.parametrize(("kind", "files"), [("wheel", WHEEL), ("sdist", SDIST)])


@both
def test_complete_archives_have_no_problem(
    kind: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    assert problems_of(tmp_path, kind, files) == []


@both
@pytest.mark.parametrize("name", PACKAGE)
def test_a_missing_file_is_found(
    name: str, kind: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    left = {other: content for other, content in files.items() if other != name}
    assert any(problem.endswith(f"lacks {name}") for problem in problems_of(tmp_path, kind, left))


@both
@pytest.mark.parametrize(
    "name",
    [
        "tests/data/train.tsv",
        "tests/test_text.py",
        "tools/train_shipped.py",
        "seq2seq/__pycache__/text.cpython-311.pyc",
        "seq2seq/shipped/es-en/notes.txt",
        "runs/x/model.safetensors",
        ".hypothesis/x",
        "../outside",
        "setup.cfg.orig",
    ],
)
def test_a_file_that_does_not_belong_there_is_found(
    name: str, kind: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    found = problems_of(tmp_path, kind, {**files, name: b"x"})
    assert len(found) == 1
    assert "does not belong there" in found[0]
    assert found[0].endswith(name)


@both
def test_a_changed_file_and_another_version_are_found(
    kind: str, files: dict[str, bytes], tmp_path: Path
) -> None:
    changed = {**files, "seq2seq/py.typed": b"partial"}
    assert "another text than the source tree: seq2seq/py.typed" in str(
        problems_of(tmp_path, kind, changed)
    )
    metadata = "PKG-INFO" if kind == "sdist" else f"{INFO}/METADATA"
    other = {**files, metadata: METADATA.replace(b"1.2.0", b"1.1.0")}
    assert "Version: 1.1.0, not 1.2.0" in str(problems_of(tmp_path, kind, other))
    renamed = {**files, metadata: METADATA.replace(b"seq2seq-translate", b"seq2seq")}
    assert "Name: seq2seq, not seq2seq-translate" in str(problems_of(tmp_path, kind, renamed))


def test_a_wheel_has_the_library_in_place_of_its_sources(tmp_path: Path) -> None:
    for library in contents.LIBRARIES:
        without = {name: content for name, content in WHEEL.items() if name != library}
        [problem] = problems_of(tmp_path, "wheel", without)
        assert problem.endswith(f"lacks {library}: it was not compiled")
    for name, source in SOURCES.items():
        [problem] = problems_of(tmp_path, "wheel", {**WHEEL, name: source})
        assert problem.endswith(f"does not belong there: {name}")
        left = {other: content for other, content in SDIST.items() if other != name}
        [problem] = problems_of(tmp_path, "sdist", left)
        assert problem.endswith(f"lacks {name}")


def test_data_that_is_missing_in_the_source_tree_too_is_found(tmp_path: Path) -> None:
    package = {name: text for name, text in PACKAGE.items() if not name.endswith(".safetensors")}
    wheel = {name: text for name, text in WHEEL.items() if not name.endswith(".safetensors")}
    found = contents.wheel_problems(wheel_of(tmp_path, wheel), package=package, version="1.2.0")
    assert [problem.partition(": ")[2] for problem in found] == [
        "has no file seq2seq/shipped/*/model.safetensors"
    ]


def test_commands_links_and_sizes_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = SCRIPTS.replace(b"translate = ", b"other = ")
    found = problems_of(tmp_path, "wheel", {**WHEEL, f"{INFO}/entry_points.txt": one})
    assert [problem.partition(": ")[2] for problem in found] == ["lacks the command translate"]
    linked = sdist_of(tmp_path, SDIST, link="seq2seq/link")
    found = contents.sdist_problems(linked, package=TREE, version="1.2.0")
    assert any("is no plain file" in problem for problem in found)
    elsewhere = sdist_of(tmp_path, SDIST, top="other")
    found = contents.sdist_problems(elsewhere, package=TREE, version="1.2.0")
    assert any("does not belong there: other/" in problem for problem in found)
    monkeypatch.setattr(contents, "MAX_BYTES", 10)
    assert "the limit is 10" in str(problems_of(tmp_path, "wheel", WHEEL))


def test_caches_in_a_source_tree_are_no_part_of_the_package(tmp_path: Path) -> None:
    for name in ("seq2seq/a.py", "seq2seq/__pycache__/a.cpython-311.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert contents.package_files(tmp_path) == {"seq2seq/a.py": b"x"}


def test_the_package_in_this_repository_has_all_that_is_needed(tmp_path: Path) -> None:
    package = contents.package_files(ROOT)
    path = sdist_of(tmp_path, {**SDIST, **package})
    problems = contents.sdist_problems(path, package={**TREE, **package}, version="1.2.0")
    assert problems == []
    assert any(name.endswith(".c") for name in package)
    assert any(name.endswith(".mjs") for name in package)


# State


CHANGELOG = """# Changelog

## 1.2.0 (unreleased)

- Something new.

## 1.1.0 (2026-01-31)

- **models** Something old.
"""
CITATION = "title: x\nversion: 1.2.0\nlicense: Apache-2.0\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "seq2seq").mkdir()
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "CITATION.cff").write_text(CITATION)
    write_version(tmp_path, "1.2.0")
    state.git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def write_version(root: Path, version: str) -> None:
    (root / "seq2seq" / "version.py").write_text(f'"""Version."""\n\n__version__ = "{version}"\n')


def commit(root: Path) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    state.git(root, "add", "--all")
    state.git(root, *who, "commit", "--quiet", "--allow-empty", "--message", "x")


def test_a_dated_and_committed_repository_is_ready(repository: Path) -> None:
    assert state.state_problems(repository, draft=True) == []
    [undated] = state.state_problems(repository)
    assert undated.startswith("CHANGELOG.md: section 1.2.0 has no date")
    state.set_date(repository, "2026-12-01")
    [uncommitted] = state.state_problems(repository)
    assert uncommitted == "uncommitted changes in CHANGELOG.md, CITATION.cff: commit them"
    commit(repository)
    assert state.state_problems(repository) == []
    first, second = state.sections((repository / "CHANGELOG.md").read_text())
    assert (first.date, second.date) == ("2026-12-01", "2026-01-31")
    assert (
        "version: 1.2.0\ndate-released: 2026-12-01\n" in (repository / "CITATION.cff").read_text()
    )
    with pytest.raises(ReleaseError, match="has no heading"):
        state.set_date(repository, "2026-12-02")


def test_a_tag_of_the_version_must_name_this_commit(repository: Path) -> None:
    state.set_date(repository, "2026-12-01")
    commit(repository)
    state.git(repository, "tag", "v1.2.0")
    assert state.state_problems(repository) == []
    commit(repository)
    [problem] = state.state_problems(repository)
    assert problem.startswith("the tag v1.2.0 names another commit")


@pytest.mark.parametrize(
    ("version", "changelog", "problem"),
    [
        ("1.3.0", CHANGELOG, "the newest section is 1.2.0, the version is 1.3.0"),
        ("1.2", CHANGELOG.replace("1.2.0", "1.2"), "1.2 is no version"),
        ("1.2.0", "# Changelog\n", "the newest section is none"),
        ("1.2.0", CHANGELOG.replace("- Something new.", ""), "section 1.2.0 has no entry"),
        ("1.2.0", CHANGELOG.replace("2026-01-31", "unreleased"), "section 1.1.0 has no date"),
        (
            "1.2.1",
            CHANGELOG.replace("1.2.0", "1.2.1").replace("- Some", "- **models** Some"),
            "raise more than the last digit",
        ),
    ],
)
def test_versions_and_changelog_must_agree(
    version: str, changelog: str, problem: str, repository: Path
) -> None:
    write_version(repository, version)
    (repository / "CHANGELOG.md").write_text(changelog)
    (repository / "CITATION.cff").write_text(CITATION.replace("1.2.0", version))
    [found] = state.state_problems(repository, draft=True)
    assert problem in found


def test_the_citation_has_the_version_too(repository: Path) -> None:
    (repository / "CITATION.cff").write_text("version: 1.1.0\n")
    assert state.state_problems(repository, draft=True) == [
        "CITATION.cff: has no line 'version: 1.2.0'"
    ]


def test_what_cannot_be_read_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="No such file"):
        state.state_problems(tmp_path)
    with pytest.raises(ReleaseError, match=r"^git status: "):
        state.git(tmp_path / "none", "status")


def test_this_repository_agrees_with_itself() -> None:
    assert state.state_problems(ROOT, draft=True) == []


# Commands


def test_a_long_command_tells_how_long_it_has_been_running(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = [sys.executable, "-c", "import time; print('out'); time.sleep(0.5)"]
    assert run(command, step="wait", every=0.1) == "out\n"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "wait …"
    assert "wait: running for 0 s …" in lines
    assert lines[-1].endswith(" s")


def test_a_failed_command_shows_its_last_lines() -> None:
    command = [sys.executable, "-c", "print(*range(50), sep='\\n'); raise SystemExit(3)"]
    with pytest.raises(ReleaseError, match=r"^try: failed with exit status 3\n30\n") as caught:
        run(command, step="try")
    assert str(caught.value).endswith("\n49")
    with pytest.raises(ReleaseError, match="No such file"):
        run(["/no/such/program"], step="try")


def test_commands_do_not_see_the_packages_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    output = run([sys.executable, "-c", "import os; print(os.environ.get('PYTHONPATH'))"], step="x")
    assert output == "None\n"


def test_the_wheel_is_run_in_the_new_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"import seq2seq": str(tmp_path / "environment" / "lib"), "translate": "The library?"}
    steps: dict[str, list[str]] = {}

    def fake(command: list[str | Path], *, step: str, folder: Path) -> str:
        assert folder == tmp_path / "elsewhere"
        steps[step] = [str(part) for part in command]
        return answers.get(step, "")

    monkeypatch.setattr(install, "run", fake)
    options = {"folder": tmp_path, "python": Path("python3")}
    versions = Path("constraints.txt")
    assert install.install_and_translate(Path("x.whl"), constraint=versions, **options) == (
        "The library?"
    )
    assert steps["install the wheel"][2:4] == ["--constraint", "constraints.txt"]
    programs = [
        command[0] for name, command in steps.items() if name != "make an empty environment"
    ]
    assert all(program.startswith(str(tmp_path / "environment" / "bin")) for program in programs)
    answers["translate"] = "What?"
    (tmp_path / "elsewhere").rmdir()
    with pytest.raises(ReleaseError, match="became 'What\\?'"):
        install.install_and_translate(Path("x.whl"), **options)
    answers["import seq2seq"] = "/elsewhere/seq2seq/__init__.py"
    (tmp_path / "elsewhere").rmdir()
    with pytest.raises(ReleaseError, match="not the package of the wheel"):
        install.install_and_translate(Path("x.whl"), **options)


def test_the_command_stops_at_the_first_problem_and_publishes_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "ROOT", repository)
    monkeypatch.setattr(tool, "require_tools", lambda *names: None)
    with pytest.raises(ReleaseError, match="has no date"):
        tool.main()
    published = tool._next_commands("1.2.0", [Path("dist/x.whl")], draft=False)
    assert "git tag -a v1.2.0" in published
    assert "twine upload dist/x.whl" in published
    assert "twine" not in tool._next_commands("1.2.0", [], draft=True)
    code = "\n".join(path.read_text() for path in (ROOT / "tools").glob("release*.py"))
    assert code.count("twine upload") == 1


def test_only_the_last_commit_is_exported(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (repository / "seq2seq" / "stray.py").write_text("x = 1\n")
    exported = state.export(repository, tmp_path_factory.mktemp("export") / "source")
    assert (exported / "seq2seq" / "version.py").is_file()
    assert not (exported / "seq2seq" / "stray.py").exists()


def test_an_error_is_one_line_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "release.py", "--date", "2026-13-01"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
