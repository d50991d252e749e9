"""Metadata, citation, hooks and workflows agree with each other."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
import yaml

import seq2seq

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def load(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_matrix_has_each_supported_python(setup: configparser.ConfigParser) -> None:
    classifiers = setup["metadata"]["classifiers"]
    supported = re.findall(r"^Programming Language :: Python :: (3\.\d+)$", classifiers, re.M)
    jobs = load(".github/workflows/tests.yml")["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == supported
    first, last = (int(version.partition(".")[2]) for version in (supported[0], supported[-1]))
    assert setup["options"]["python_requires"] == f">=3.{first}, <3.{last + 1}"


def test_the_readme_cites_what_the_citation_file_says() -> None:
    citation = load("CITATION.cff")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    fields = dict(re.findall(r"(\w+) = \{+([^{}]*)\}", readme))
    assert fields["title"] == citation["title"]
    assert fields["author"] == citation["authors"][0]["name"]
    assert fields["version"] == citation["version"]
    assert fields["license"] == citation["license"]


def test_the_citation_agrees_with_the_metadata(setup: configparser.ConfigParser) -> None:
    citation = load("CITATION.cff")
    metadata = setup["metadata"]
    assert citation["version"] == seq2seq.__version__
    assert citation["license"] == metadata["license_expression"]
    assert citation["repository-code"] == metadata["url"]
    assert [author["name"] for author in citation["authors"]] == [metadata["author"]]
    assert f"Documentation = {citation['url']}" in metadata["project_urls"]


def test_the_distribution_has_its_own_name_and_the_commands_theirs(
    setup: configparser.ConfigParser,
) -> None:
    assert setup["metadata"]["name"] == "seq2seq-translate"
    commands = setup["options.entry_points"]["console_scripts"].split("\n")
    assert [line.partition(" ")[0] for line in commands if line] == ["translate", "seq2seq"]


def test_hooks_need_no_network() -> None:
    [repository] = load(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    assert [hook["id"] for hook in repository["hooks"]] == ["ruff-check", "ruff-format", "mypy"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_write_only_where_a_job_says_so(path: Path) -> None:
    workflow = load(path.relative_to(ROOT).as_posix())
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/x@v1"))


def test_every_make_target_of_a_workflow_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        target
        for path in WORKFLOWS
        for target in re.findall(r"run: make (\w+)", path.read_text(encoding="utf-8"))
    }
    assert {"check", "docs", "test"} <= named
    for target in named:
        assert f"\n{target}:" in makefile
