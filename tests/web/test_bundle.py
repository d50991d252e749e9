"""Modules in one script: it does what they do, and what cannot be bundled is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seq2seq.web.bundle import bundle
from tests.support.web_library import node


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.mjs").write_text(text)
    return folder / "main.mjs"


def test_the_script_prints_what_the_modules_print(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main='import { a as first, f } from "./one.mjs";\n'
        'import {\n  b,\n} from "./two.mjs";\nconst a = 5;\nconsole.log(first, f(), b(2), a);\n',
        one='import { b } from "./two.mjs";\n\nexport const a = b(1);\n'
        "export async function f() {\n  return 1;\n}\n",
        two="let count = 0;\nexport function b(by) {\n  return (count += by);\n}\n"
        "export class C {}\n",
    )
    script = tmp_path / "script.mjs"
    script.write_text(bundle(entry))
    assert "import" not in script.read_text()
    printed = [
        subprocess.run([node(), path], capture_output=True, text=True, check=True).stdout
        for path in (entry, script)
    ]
    assert printed[0] == printed[1] != ""


def test_a_module_is_there_once(tmp_path: Path) -> None:
    line = 'import { a } from "./a.mjs";\n'
    entry = write(tmp_path, main=f'{line}import {{ b }} from "./b.mjs";\n', a="", b=line)
    assert bundle(entry).count("(() => {") == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('import { a } from "./main.mjs";\n', "main.mjs imports itself"),
        ('import a from "./a.mjs";\n', "cannot be bundled"),
        ("export default 1;\n", "cannot be bundled"),
        ("export let a = 1;\n", "cannot be bundled"),
    ],
)
def test_what_cannot_be_bundled_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        bundle(write(tmp_path, main=text, a=""))
