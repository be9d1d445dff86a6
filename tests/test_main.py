"""`python3 -m autoreload_hooks`: the demo really plays, and IPython really starts with the extension on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import autoreload_hooks
from autoreload_hooks import demo
from autoreload_hooks.__main__ import main

HOME = Path(autoreload_hooks.__file__).parents[1]
"""Where the package is found, installed or not."""


def run(*arguments: str, cwd: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run the package as a program, with `typed` as its standard input."""
    paths = [str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-m", "autoreload_hooks", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "IPYTHONDIR": str(cwd / "ipython"), "PYTHONUTF8": "1"},
    )


def test_demo_plays_as_promised(tmp_path: Path) -> None:
    """The demo's edits have the results that it promises, and its exit code says so."""
    played = run("demo", cwd=tmp_path)

    assert played.stdout.endswith("All as promised.\n"), played.stdout + played.stderr
    assert (0, "") == (played.returncode, played.stderr)
    assert [scene.title for scene in demo.SCENES] == [
        line[2:] for line in played.stdout.splitlines() if line.startswith("# ")
    ]
    assert "\x1b" not in played.stdout


def test_demo_leaves_no_trace() -> None:
    """Played within a process, the demo gives back its shell, its modules and its place on the path."""
    main_module, path = sys.modules["__main__"], list(sys.path)
    broken = demo.play(io.StringIO())

    assert 0 == broken
    assert main_module is sys.modules["__main__"]
    assert path == sys.path
    assert not {"shop", "shop.basket", "shop.settings"} & set(sys.modules)


def test_demo_in_colours() -> None:
    """On a terminal prompts and differences are coloured; the words are the same."""
    out = io.StringIO()
    demo.play(out, colours=True)

    assert "\x1b[32m    + VAT = 7\n\x1b[0m" in out.getvalue()


@pytest.mark.parametrize(
    ("cell", "value", "told", "expected"),
    [
        (demo.Cell("1", 1), 1, "", []),
        (demo.Cell("1", 1), 2, "", ["the value should be 1"]),
        (demo.Cell("1", 1), 1, "hello", ["nothing should have been said"]),
        (demo.Cell("1", 1, ("line 3",)), 1, "line 4", ["the reloader should have said 'line 3'"]),
        (demo.Cell("1", 1, ("line 3",)), 1, "at line 3", []),
    ],
    ids=["as-promised", "other-value", "unexpected-words", "missing-words", "expected-words"],
)
def test_demo_sees_what_is_not_as_promised(cell: demo.Cell, value: object, told: str, expected: list[str]) -> None:
    """The demo compares both the value and what was said with what it promises."""
    assert expected == list(demo.complaints(cell, value, told))


def test_exit_code_tells_of_a_broken_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that is not as promised ends with exit code 1."""
    scene = demo.Scene("Two is three.", (demo.Cell("%load_ext autoreload_hooks"), demo.Cell("2", 3)))
    monkeypatch.setattr(demo, "SCENES", (scene,))
    monkeypatch.setattr(sys, "stdout", out := io.StringIO())

    assert 1 == main(["demo"])
    assert out.getvalue().endswith("NOT AS PROMISED: the value should be 3\n\n1 not as promised.\n")


def test_help_names_both_uses(capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for help shows how to start IPython and the demo."""
    assert 0 == main(["--help"])
    assert "[demo | IPython's own arguments]" in capsys.readouterr().out


def test_ipython_starts_with_the_extension_on(tmp_path: Path) -> None:
    """Without arguments it is IPython, which follows edits from the first cell on."""
    typed = """\
from pathlib import Path
_ = Path("edited_module.py").write_text("def f(): return 'the first'")
import edited_module
edited_module.f()
_ = Path("edited_module.py").write_text("def f(): return 'the second text'")
edited_module.f()
"""
    shown = run(cwd=tmp_path, typed=typed)

    assert 0 == shown.returncode, shown.stderr
    assert shown.stdout.index("'the first'") < shown.stdout.index("'the second text'")


def test_ipython_takes_its_own_arguments(tmp_path: Path) -> None:
    """Whatever is not `demo` is handed to IPython."""
    shown = run(
        "--no-banner",
        "--colors=NoColor",
        cwd=tmp_path,
        typed="import autoreload_hooks; print(autoreload_hooks.plan())\n",
    )

    assert 0 == shown.returncode, shown.stderr
    assert "Nothing to do" in shown.stdout
    assert "Enhanced Interactive Python" not in shown.stdout
