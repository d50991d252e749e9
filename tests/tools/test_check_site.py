"""Check of the built documentation: its weight, and that it loads nothing from elsewhere."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import check_site

    return check_site


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "search_index.json").write_text("{}", encoding="utf-8")
    (tmp_path / "app.js").write_text("let x = 1;", encoding="utf-8")
    (tmp_path / "index.html").write_text(
        '<a href="https://example.org">elsewhere</a><script src="app.js?1"></script>'
        '<script src="app.js?1"></script><img alt="" src="missing.png">',
        encoding="utf-8",
    )
    return tmp_path


def test_the_first_page_weighs_what_it_loads_once(tool: ModuleType, site: Path) -> None:
    files = [site / name for name in ("index.html", "app.js", "search/search_index.json")]
    assert tool.check(site) == sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_a_heavy_first_page_is_refused(
    tool: ModuleType, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "MAX_FIRST_PAGE", 100)
    with pytest.raises(tool.SiteError, match=r"index\.html: .* bytes; the limit is 100"):
        tool.check(site)


@pytest.mark.parametrize(
    "tag",
    [
        '<script defer src="https://example.org/x.js"></script>',
        '<link rel="stylesheet" href="//example.org/x.css">',
        '<img src="http://example.org/x.png">',
    ],
)
def test_a_page_that_loads_from_another_host_is_refused(
    tool: ModuleType, site: Path, tag: str
) -> None:
    (site / "other.html").write_text(tag, encoding="utf-8")
    with pytest.raises(tool.SiteError, match="from another host"):
        tool.check(site)
