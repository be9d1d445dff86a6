"""`python -m benchmarks` measures everything and prints one table; `--quick` takes less than a minute.

It must never let two measurements run at once, nor one tool's measurements follow each other: the tools take turns.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .tools import NAMES

NEEDS: Final = {"ours": "autoreload_hooks", "ipython": "IPython", "jurigged": "jurigged", "marimo": "marimo"}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    label: str
    kind: str  #: the function of `measure`
    goal: str  #: what the ratio to the floor should be
    value: Callable[[dict[str, float]], float] = field(default=lambda result: result["seconds"] * 1e3)
    unit: str = "ms"
    options: dict[str, Any] = field(default_factory=dict)
    quick: bool = False  #: whether it is part of `--quick`


def first(result: dict[str, float]) -> float:
    """The first edit, or cell, in milliseconds."""
    return result["first"] * 1e3


def micro(result: dict[str, float]) -> float:
    """Microseconds."""
    return result["seconds"] * 1e6


WATCHED: Final = {"watch": True}
"""Of ours only; the others do as they always do."""

ROWS: Final = (
    Row("idle cell, 1,000 modules of one's own", "idle", "1.2", options={"modules": 1000}, quick=True),
    Row("idle cell, 200 modules and the stack", "idle", "1.2", options={"modules": 200, "stack": True}),
    Row("idle cell, 1,000 modules, watched", "idle", "50 us", micro, "us", WATCHED | {"modules": 1000}, quick=True),
    Row("idle cell, 20,000 modules, watched", "idle", "50 us", micro, "us", WATCHED | {"modules": 20_000}),
    Row("first cell after 1,000 imports", "idle", "1.2", first, options={"modules": 1000}, quick=True),
    Row("import of 1,000 modules", "imports", "1.1", options={"modules": 1000}, quick=True),
    Row("import of 3,000 installed modules", "imports", "1.02", options={"modules": 3000, "installed": True}),
    Row("body of a function, 50 lines", "edit", "2", options={"kind": "body", "size": 50}),
    Row("body of a function, 1,000 lines", "edit", "2", options={"kind": "body", "size": 1000}, quick=True),
    Row("the first such edit", "edit", "2", first, options={"kind": "body", "size": 1000}, quick=True),
    Row("body of a function, 20,000 lines", "edit", "10", options={"kind": "body", "size": 20_000}),
    Row("method, 100,000 instances", "edit", "2", options={"kind": "method", "size": 100_000}, quick=True),
    Row("constant that 200 modules import", "edit", "2", options={"kind": "constant", "size": 200}, quick=True),
    Row("100 files at once", "edit", "2", options={"kind": "files", "size": 100, "times": 3}),
    Row("body, 5 million objects", "edit", "2", options={"kind": "body", "size": 1000, "objects": 5_000_000}),
    Row("loading it beside the stack", "load", "0.3 x ipython"),
    Row("300 edits: the last ones / the first ones", "growth", "1.05", lambda r: r["late"], "x", {"edits": 300}),
    Row("300 edits: objects left by each", "growth", "0", lambda r: r["objects"], "", {"edits": 300}),
    Row("300 edits: bytes left by each", "growth", "0", lambda r: r["bytes"], "B", {"edits": 300}),
    Row("a hot function, edited", "run", "1.05", lambda r: r["seconds"] * 1e9, "ns", {"calls": 1_000_000}, quick=True),
)  # fmt: skip


class Bench:
    """Runs measurements, each in a fresh process, and remembers them: some rows ask the same."""

    def __init__(self, python: str, tools: list[str], rounds: int, limit: float) -> None:
        self.python = python
        self.tools = tools
        self.rounds = rounds
        self.limit = limit
        self._known: dict[str, dict[str, list[dict[str, float]]]] = {}

    def results(self, row: Row) -> dict[str, list[dict[str, float]]]:
        """What each tool gave, in turns."""
        key = row.kind + json.dumps(row.options)
        if key not in self._known:
            found = self._known[key] = {tool: [] for tool in self.tools}
            for _ in range(self.rounds):
                for tool in self.tools:
                    if result := self._measure(row, tool):
                        found[tool].append(result)
        return self._known[key]

    def _measure(self, row: Row, tool: str) -> dict[str, float] | None:
        command = [self.python, "-m", "benchmarks.measure", row.kind, tool, json.dumps(row.options)]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        folder = Path(__file__).parent.parent
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=self.limit, check=True
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            reason = (str(error.stderr or "").strip().splitlines() or [str(error)])[-1]
            sys.stderr.write(f"{row.label}, {tool}: {reason}\n")
            return None
        result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return result

    def line(self, row: Row) -> str:
        """The row as a line of the table: medians, and ratios to the floor."""
        results = self.results(row)
        values = {tool: statistics.median(map(row.value, found)) for tool, found in results.items() if found}
        cells = [_cell(values.get(tool), values["floor"] if tool != "floor" else None, row.unit) for tool in self.tools]
        stale = [any(result.get("wrong") for result in results[tool]) for tool in self.tools]
        marked = [cell + " †" * wrong for cell, wrong in zip(cells, stale, strict=True)]
        return f"| {row.label} | {' | '.join(marked)} | {row.goal} |"


def _cell(value: float | None, floor: float | None, unit: str) -> str:
    if value is None:
        return "-"
    text = f"{value:.3g} {unit}".strip() if abs(value) < 1000 else f"{value:.0f} {unit}".strip()
    return f"{text} (x {value / floor:.3g})" if floor and floor > 0 and unit in ("ms", "ns") else text


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some rows only, once each")
    parser.add_argument("--python", default=sys.executable, help="the Python to measure")
    parser.add_argument("--tools", default=",".join(NAMES), help="of " + ", ".join(NAMES))
    parser.add_argument("--rows", default="", help="only rows with this text in their label")
    parser.add_argument("--rounds", type=int, help="how often each measurement is made (the median counts)")
    options = parser.parse_args()
    begin = time.monotonic()
    wanted = [tool for tool in options.tools.split(",") if tool not in NEEDS or importlib.util.find_spec(NEEDS[tool])]
    quick = options.quick
    tools = [tool for tool in wanted if not quick or tool in ("floor", "ours", "ipython")]
    bench = Bench(options.python, tools, options.rounds or (1 if quick else 3), 20 if quick else 60)
    sys.stdout.write(f"| | {' | '.join(tools)} | goal |\n|---{'|---' * len(tools)}|---|\n")
    for row in ROWS:
        if options.rows in row.label and (row.quick or not quick):
            sys.stdout.write(bench.line(row) + "\n")
            sys.stdout.flush()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    machine = f"{platform.machine()}, {os.cpu_count()} cores{load}"
    sys.stdout.write(f"\nPython {platform.python_version()}, {platform.system()} {machine}; ")
    sys.stdout.write(f"{time.monotonic() - begin:.0f} s. † the cell still gave the old value.\n")


if __name__ == "__main__":
    main()
