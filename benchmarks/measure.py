"""One measurement, in this fresh process: `python -m benchmarks.measure KIND TOOL ARGUMENTS` prints a line of JSON.

It must never measure two things: what ran before changes what comes after.
"""

from __future__ import annotations

import compileall
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from . import sources
from .sources import PLACE, Case
from .tools import Session

clock = time.process_time  # of all threads; what else runs on the machine hardly counts

Result = dict[str, float]

STACK: Final = (
    "pandas", "numpy", "sqlalchemy.orm", "pydantic", "attr", "flask", "click", "networkx", "sympy", "scipy.stats",
    "sklearn.ensemble", "matplotlib.pyplot", "http.client", "asyncio", "xml.dom.minidom", "email.mime.text", "sqlite3",
    "unittest.mock", "multiprocessing.pool", "concurrent.futures", "logging.handlers", "tkinter", "lib2to3.pytree",
)  # fmt: skip
"""What is imported of it, as far as it is installed, stands for the third-party modules of a long session."""


def write(root: Path, files: dict[str, str]) -> None:
    """Write modules that look as if they had been saved an hour ago."""
    for name, text in files.items():
        path = root / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, (time.time() - 3600,) * 2)


def timed(act: Callable[[], object]) -> float:
    """How long something takes, in seconds."""
    begin = clock()
    act()
    return clock() - begin


def resident() -> int:
    """The bytes of memory that the process has; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def import_stack(session: Session) -> None:
    """Import what there is of the stack."""
    for name in STACK:
        try:
            session.cell(f"import {name}")
        except Exception:  # not installed, or not for this Python
            continue


# -- kinds of measurements ---------------------------------------------------------------------------------------
def idle(session: Session, modules: int, *, stack: bool = False, watch: bool = False) -> Result:
    """What the reloader adds to a cell when nothing was edited: its hooks are on and off in turn."""
    session.shell.config.AutoreloadHooks.watch = watch
    files = sources.tiny(modules)
    write(session.root, files)
    before = {event: list(hooks) for event, hooks in session.shell.events.callbacks.items()}
    session.start()
    names = [name.replace("/", ".") for name in files if "/small" in name]
    if stack:
        import_stack(session)
    session.cell(f"import importlib\nfor name in {names}: importlib.import_module(name)")
    first = timed(lambda: session.cell("pass"))
    session.cell("pass")
    callbacks = session.shell.events.callbacks
    after = {event: list(hooks) for event, hooks in callbacks.items()}
    extra = []
    for _ in range(60):
        with_it = timed(lambda: session.cell("pass"))
        callbacks.update({event: list(hooks) for event, hooks in before.items()})
        without = timed(lambda: session.cell("pass"))
        callbacks.update({event: list(hooks) for event, hooks in after.items()})
        extra.append(with_it - without)
    return {"seconds": statistics.median(extra), "first": first}


def imports(session: Session, modules: int, *, installed: bool = False) -> Result:
    """The import of many modules whose bytecode is there; `installed` ones belong to packages, not to the user."""
    root = session.root / "site-packages" if installed else session.root
    root.mkdir(parents=True, exist_ok=True)
    files = sources.tiny(modules)
    write(root, files)
    compileall.compile_dir(root, quiet=2)
    sys.path.insert(0, str(root))
    session.start()
    session.cell("import importlib")
    time.sleep(1)  # as long as it takes to type: what a tool does meanwhile is not waited for
    names = [name.replace("/", ".") for name in files if "/small" in name]
    return {"seconds": timed(lambda: session.cell(f"for name in {names}: importlib.import_module(name)"))}


def edit(session: Session, kind: str, size: int, *, objects: int = 0, times: int = 9) -> Result:
    """From the files being saved to the next cell having its value."""
    case: Case = getattr(sources, kind)(size)
    write(session.root, {name: text.replace(PLACE, "0") for name, text in case.files.items()})
    session.start()
    session.cell(case.setup)
    session.cell("pass")
    time.sleep(1)  # an edit takes longer: what a tool does meanwhile is not waited for
    heap = [{"number": n} for n in range(objects)]
    gc.collect()
    taken, wrong = [], 0
    for version in range(1, times + 1):
        save(session.root, case, version)
        begin = clock()
        session.saved(case, version)
        try:
            value = session.cell(case.expression)
        except Exception:  # the tool has broken the program
            value = None
        taken.append(clock() - begin)
        wrong += value != case.value(version)
    del heap
    return {"seconds": statistics.median(taken), "first": taken[0], "wrong": wrong}


def save(root: Path, case: Case, version: int) -> None:
    """Save a version, a second later than the one before: some tools look at whole seconds only."""
    for name in case.edited:
        path = root / f"{name}.py"
        before = path.stat().st_mtime
        path.write_text(case.files[name].replace(PLACE, str(version)))
        os.utime(path, (before + 1,) * 2)


def load(session: Session) -> Result:
    """Loading the reloader late, with many modules there."""
    import_stack(session)
    gc.collect()
    taken = timed(session.start)
    return {"seconds": taken, "first": timed(lambda: session.cell("pass")), "modules": len(sys.modules)}


def growth(session: Session, edits: int) -> Result:
    """Whether the last edits of many take longer than the first, and what each leaves behind."""
    case = sources.body(90)
    write(session.root, {name: text.replace(PLACE, "0") for name, text in case.files.items()})
    session.start()
    session.cell(case.setup)
    taken: list[float] = []
    marks: list[tuple[int, int]] = []
    for version in range(1001, 1001 + edits):
        save(session.root, case, version)
        begin = clock()
        session.saved(case, version)
        session.cell(case.expression)
        taken.append(clock() - begin)
        if len(taken) in (edits // 10, edits):
            gc.collect()
            marks.append((len(gc.get_objects()), resident()))
    part, span = edits // 10, edits - edits // 10
    late = statistics.median(taken[-part:]) / statistics.median(taken[1 : part + 1])
    (objects, memory), (objects_late, memory_late) = marks
    return {"late": late, "objects": (objects_late - objects) / span, "bytes": (memory_late - memory) / span}


LOOP: Final = """\
from time import process_time as clock
from edited_module import edited
def loop(count, function):
    begin = clock()
    for _ in range(count): function(1)
    return (clock() - begin) / count
"""


def run(session: Session, calls: int) -> Result:
    """A hot function after an edit, per call; the floor is one that was never edited."""
    case = sources.body(90)
    version = 1 if session.name == "floor" else 0
    write(session.root, {name: text.replace(PLACE, str(version)) for name, text in case.files.items()})
    session.start()
    session.cell(LOOP)
    session.cell(f"loop({calls // 10}, edited)")
    if session.name != "floor":
        save(session.root, case, 1)
        session.saved(case, 1)
    session.cell("pass")
    return {"seconds": min(session.cell(f"loop({calls // 10}, edited)") for _ in range(10))}


def main(kind: str, tool: str, arguments: str) -> None:
    """Measure, and print the result."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        session = Session(tool, Path(os.path.realpath(folder)) / "program")
        options: dict[str, Any] = json.loads(arguments)
        result = globals()[kind](session, **options)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
