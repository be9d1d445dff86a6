"""An edit of function bodies, explained by the live code alone: only the statements around it are compiled.

It must never explain an edit that it cannot prove: the outline of the whole module is always there to fall back on.

Why a file may be cut at lines
------------------------------
Whether a line begins a statement depends on everything above it: it may stand in a string or in a bracket. The live
code says which lines do. A function's code object has the line of its `def` (or of its first decorator), so what
stands on that line *is* a `def`, in no string and no bracket. From such a line on, what is code and what is not is
settled by the text that follows, whoever reads it. So if the text between that line and another one can be parsed by
itself, a statement ends where the other one begins. The same holds from the start of the file.

So it is enough to prove the line where the piece begins. The text above it is the same in both versions, hence that
line begins a statement in both. Both pieces parse by themselves, hence a statement ends where each of them ends; what
follows is the same in both again, begins in the first column, and cannot continue what stands above it. Thus the two
modules are the same statements except for those of the piece.
"""

from __future__ import annotations

import ast
import marshal
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Final, NamedTuple

from autoreload_hooks.compat.silence import warnings_are

from .compat.behaviours import FUTURE_FLAGS
from .compat.bytecode import Decoder, binds, class_facts, differing, import_sites, nested, same_code, same_shape
from .compat.lines import moved
from .outline import dead_imports
from .planning import compiles
from .program import LiveModule, Sketched

TRIES: Final = 3  #: how many lines are tried in either direction as the border of a piece
LARGE: Final = 20_000  #: the number of characters from which a piece is no cheaper than the module

BORDER: Final = re.compile(r"^(?!(?:else|elif|except|finally)\b)[^\s#)\]}\\]", re.MULTILINE)
"""A line that may begin a top-level statement."""
DEFINITION: Final = re.compile(r"^(?:def |class |async def |@)", re.MULTILINE)
"""A line that hardly is anything else, such as text in a string."""

ASSIGNMENT: Final = re.compile(r"[^\W\d]\w*[ ]*(?:: [\w.\[\], ]+)?=(?!=)(?!.*\blambda\b)")
"""The start of a plain assignment at the module's own level, if it is not text in a string."""

METHOD_CALL: Final = re.compile(r"\w\s*\.\s*\w+\s*\(|\bsuper\b")
"""Calls through a name, which are compiled in another way where the module imports it; those of `super` likewise."""
LAMBDA: Final = "<lambda>"

Table = dict[int, list[CodeType]]
"""The live code objects of a module's functions, by the line where each begins."""


class ClassFacts(NamedTuple):
    """What a class knows of its source."""

    path: str  #: its qualified name
    old: dict[str, Any]  #: what it knew
    new: dict[str, Any]  #: what it shall know


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What an edit means, if it means new bodies only."""

    live: LiveModule  #: the edited module
    swaps: tuple[tuple[CodeType, CodeType], ...] = ()  #: live code and what takes its place, in source order
    changed: tuple[CodeType, ...] = ()  #: those of the live code objects whose functions will do something else
    doing_otherwise: tuple[CodeType, ...] = ()
    """Those that will do so by themselves, or in which a function will, and these functions' code."""
    moves: tuple[tuple[CodeType, CodeType], ...] = ()  #: live code below, and the same at its new lines
    facts: tuple[ClassFacts, ...] = ()  #: the classes of the piece that know something else of their source now
    names: frozenset[str] = frozenset()  #: what the statements of the piece bind: where their functions are
    below: int = 0  #: the first line that only moved, by its old number
    delta: int = 0  #: by how many lines
    lines: dict[int, int] = field(default_factory=dict)  #: of the lines of the piece where something ran, the new ones
    piece: Sketched | None = None  #: the piece, for the next edit of it

    @property
    def name(self) -> str:
        """The module's name."""
        return self.live.name


class Part(NamedTuple):
    """Some whole lines of a text."""

    start: int  #: where they begin in the whole text
    text: str  #: the lines
    above: int  #: how many lines stand above them

    @property
    def below(self) -> int:
        """The number of the first line below them."""
        return self.above + self.text.count("\n") + 1


class Piece(NamedTuple):
    """A stretch of whole lines that holds all that differs: where it is in the old and in the new text."""

    start: int
    end: int
    end_new: int

    def of_old(self, text: str) -> Part:
        """What it is in the old text."""
        return Part(self.start, text[self.start : self.end], text.count("\n", 0, self.start))

    def of_new(self, text: str) -> Part:
        """What it is in the new text."""
        return Part(self.start, text[self.start : self.end_new], text.count("\n", 0, self.start))


def sketch_of(
    live: LiveModule,
    old_text: str,
    new_text: str,
    *,
    imported: Callable[[], frozenset[str]],
    ran: Callable[[Iterable[CodeType]], bool],
) -> Sketch | None:
    """Explain an edit by new bodies of live functions, or not at all.

    Args:
        live: the module, which runs `old_text`.
        old_text: its source.
        new_text: its source after the edit.
        imported: the names that the module's own level imports.
        ran: whether any of these code objects ran inside a recorded unit, so that this unit must run again.
    """
    if old_text == new_text:
        return Sketch(live)
    same, tail = difference(old_text, new_text)
    if _assigns(old_text, new_text, same):
        return None
    table = codes_by_line(live)
    compiler = Compiler(live.record.path, _flags(table, old_text), imported, live.piece)
    for piece in pieces(old_text, new_text, (same, tail), table, live.piece):
        if max(piece.end, piece.end_new) - piece.start > LARGE:
            return None
        try:
            with warnings_are("error"):
                versions = compiler.compiled(piece.of_old(old_text)), compiler.compiled(piece.of_new(new_text))
        except (SyntaxError, ValueError, RecursionError, MemoryError, Warning):
            continue  # the piece is not whole, or the edit is wrong
        return Explanation(live, table, *versions, ran).sketch()
    return None


def codes_by_line(live: LiveModule) -> Table:
    """The live code objects of the functions of a module, by line."""
    table: Table = {}
    for code in live.all_codes():
        line = code.co_firstlineno
        if line in table:
            table[line].append(code)
        else:
            table[line] = [code]
    return table


# -- cutting -----------------------------------------------------------------------------------------------------
def difference(old: str, new: str) -> tuple[int, int]:
    """How many characters two texts have in common at the start, and at the end of what is left."""
    start = _most(min(len(old), len(new)), lambda low, high: old[low:high] == new[low:high])
    rest = min(len(old), len(new)) - start
    end = _most(rest, lambda low, high: old[len(old) - high : len(old) - low] == new[len(new) - high : len(new) - low])
    return start, end


def _most(limit: int, same: Callable[[int, int], bool]) -> int:
    """The largest number of characters that are the same, found by halves."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if same(low, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _assigns(old: str, new: str, same: int) -> bool:
    """Whether the difference seems to begin in what the module's own level assigns, which no new body explains."""
    start = old.rfind("\n", 0, same) + 1
    return all(ASSIGNMENT.match(text, start) is not None for text in (old, new))


def pieces(old: str, new: str, common: tuple[int, int], table: Table, known: Sketched | None = None) -> Iterator[Piece]:
    """The stretches of lines to try, the smallest first; each begins where a statement begins, in both texts.

    `common` is what `difference` says of them. Where one begins that was sketched last is known without a proof.
    """
    same, tail = common
    for start in _starts(old, new, same):
        if (known is not None and start == known.start) or begins_statement(old, start, table):
            for end in _ends(old, new, tail):
                yield Piece(start, end, end + len(new) - len(old))
            return


def _starts(old: str, new: str, same: int) -> Iterator[int]:
    """The starts of lines at or above the difference that may begin a statement in both texts, the nearest first."""
    at = old.rfind("\n", 0, same) + 1
    while at and not (BORDER.match(old, at) and BORDER.match(new, at)):
        at = old.rfind("\n", 0, at - 1) + 1
    yield _with_decorators(old, at)
    for _ in range(TRIES - 1):
        at = max(old.rfind(word, 0, at) for word in ("\ndef ", "\nclass ", "\nasync def ", "\n@")) + 1
        yield _with_decorators(old, at)
        if not at:
            return


def _with_decorators(text: str, at: int) -> int:
    """Where the statement at `at` begins, if the lines directly above are decorators."""
    above = at
    while above > 0:
        above = text.rfind("\n", 0, above - 1) + 1
        if text.startswith("@", above):
            at = above
        elif not text.startswith("#", above):
            break
    return at


def _ends(old: str, new: str, tail: int) -> Iterator[int]:
    """The starts of lines below the difference that may begin a statement, by their place in the old text; its end."""
    end = len(old) - tail
    if not (old[:end].endswith("\n") and new[: len(new) - tail].endswith("\n")):
        end = old.find("\n", end) + 1 or len(old)
    for pattern in (BORDER, *[DEFINITION] * (TRIES - 1)):
        match = pattern.search(old, end)
        yield match.start() if match else len(old)
        if not match:
            return
        end = match.end()


def begins_statement(text: str, at: int, table: Table) -> bool:
    """Whether a statement begins with the line at `at`: the reasons are at the top of this file."""
    if text.endswith("\\\n", 0, at):
        return False  # the line above goes on
    line = text.count("\n", 0, at) + 1
    return (
        at == 0
        or _has_definition(table, line)
        or any(_parses(text[start:at]) for start in _proven_above(text, at, line, table))
    )


def _proven_above(text: str, at: int, line: int, table: Table) -> Iterator[int]:
    """Where lines begin that are known to begin a statement: nearby, in the first column, at the start of the file."""
    near = max((first for first in table if first < line and _has_definition(table, first)), default=line)
    if near < line:
        start = at
        for _ in range(line - near):
            start = text.rfind("\n", 0, start - 1) + 1
        yield start
    top = text.rfind("\ndef ", 0, at) + 1
    if top and _has_definition(table, text.count("\n", 0, top) + 1):
        yield top
    yield 0


def _has_definition(table: Table, line: int) -> bool:
    """Whether live code says that a `def`, with its decorators, begins on a line; a lambda may begin anywhere in it."""
    return any(code.co_name != LAMBDA for code in table.get(line, ()))


def _parses(text: str) -> bool:
    """Whether some lines are whole statements; the first may be the start of a method."""
    if len(text) > LARGE:
        return False
    try:
        with warnings_are("ignore"):
            ast.parse("if 1:\n" + text if text[:1] in (" ", "\t") else text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


# -- compiling ---------------------------------------------------------------------------------------------------
def _flags(table: Table, text: str) -> int | None:
    """The module's `from __future__` imports as flags, None where nothing tells them."""
    for codes in table.values():
        flags: int = codes[0].co_flags & FUTURE_FLAGS
        return flags
    return None if "__future__" in text else 0


class Compiler:
    """Compiles parts of one module as if the module were compiled, but with lines that count from the part's own."""

    def __init__(
        self,
        path: str,
        flags: int | None,
        imported: Callable[[], frozenset[str]],
        known: Sketched | None = None,
    ) -> None:
        self.path = path
        self.flags = flags
        self.imported = imported
        self.known = known  #: what was compiled last of this module

    def compiled(self, part: Part) -> Version:
        """Compile whole statements; raises SyntaxError where they are none, and a Warning where Python would warn."""
        if self.flags is None or "__future__" in part.text:
            raise SyntaxError("what is imported from __future__ is not known")
        if self.known is not None and self.known.text == part.text:
            return Version(part, marshal.loads(self.known.code))
        source: str | ast.Module = part.text
        if METHOD_CALL.search(part.text) and (imported := self.imported()):
            source = ast.parse(part.text, self.path)
            if source.body:  # at the end, as what stands first may be the docstring
                source.body += dead_imports(source.body[-1], part.text, imported)
        return Version(part, compile(source, self.path, "exec", flags=self.flags, dont_inherit=True))


class Version(NamedTuple):
    """One version of the piece."""

    part: Part  #: its lines
    code: CodeType  #: what they compile to; the lines count from its own first one


# -- explaining --------------------------------------------------------------------------------------------------
class Unproven(Exception):  # noqa: N818  (an outcome)
    """The edit is not plainly a matter of new bodies."""


class Changed(NamedTuple):
    """A live function that changes, with the two versions of it in the pieces."""

    live: CodeType
    old: CodeType
    new: CodeType


class Explanation:
    """What has become of the functions of one piece and below it."""

    def __init__(
        self, live: LiveModule, table: Table, old: Version, new: Version, ran: Callable[[Iterable[CodeType]], bool]
    ) -> None:
        self.live = live
        self.table = table
        self.old = old
        self.new = new
        self.ran = ran
        self.instructions_of = Decoder()
        self.above = old.part.above
        self.below = old.part.below
        self.delta = new.part.below - old.part.below

    def sketch(self) -> Sketch | None:
        """The explanation as a value, None where there is none."""
        pairs = same_shape(self.old.code, self.new.code, self.instructions_of)
        if pairs is None or not self._imports_the_same():
            return None
        try:
            swaps, changed = self._swaps({id(old) for old, _ in pairs})
            moves = tuple(self._moves()) if self.delta else ()
            lines = self._lines()
        except Unproven:
            return None
        differing = [(live, self._differing(live, old, new)) for live, old, new in changed]
        if changed and (self._has_compiler() or self.ran(code for _, inside in differing for code in inside)):
            return None
        return Sketch(
            self.live,
            swaps,
            tuple(live for live, _, _ in changed),
            tuple(code for old, inside in differing if inside for code in (old, *inside)),
            moves,
            tuple(self._facts()),
            binds(self.new.code, self.instructions_of),
            below=self.below,
            delta=self.delta,
            lines=lines,
            piece=Sketched(self.new.part.start, self.new.part.text, marshal.dumps(self.new.code)),
        )

    def _imports_the_same(self) -> bool:
        """Whether the functions import the same into the module: others may have to follow what they import."""
        if "import" not in self.old.part.text and "import" not in self.new.part.text:
            return True
        before, after = import_sites(self.old.code), import_sites(self.new.code)
        return [site[:-1] for site in before] == [site[:-1] for site in after]

    def _swaps(self, differing: set[int]) -> tuple[tuple[tuple[CodeType, CodeType], ...], list[Changed]]:
        """The live code objects with their new versions, and those of them that change."""
        swaps: list[tuple[CodeType, CodeType]] = []
        changed: list[Changed] = []
        olds, news = (nested(version.code, self.instructions_of) for version in (self.old, self.new))
        for old, new, live in zip(olds, news, self._live(olds), strict=True):
            if live is None:
                if id(old) in differing:
                    raise Unproven
                continue  # dead, and unchanged
            if live != self._placed(old) and not same_code(live, old):
                raise Unproven  # it was made in another way than by compiling the text
            if id(old) in differing:
                changed.append(Changed(live, old, new))
            if live != (placed := self._placed(new)):
                swaps.append((live, placed))
        return tuple(swaps), changed

    def _differing(self, live: CodeType, old: CodeType, new: CodeType) -> list[CodeType]:
        """What of a live function that changed does something else: itself, or functions inside."""
        found = [each for each, _ in differing(old, new, self.instructions_of)]
        if not found or (len(found) == 1 and found[0] is old):  # it says what the live one does: see `_swaps`
            return [live for _ in found]
        return [each for each, _ in differing(live, new, self.instructions_of)]

    def _placed(self, code: CodeType) -> CodeType:
        """The code with the lines of the file."""
        return _moved(code, self.above)

    def _live(self, codes: list[CodeType]) -> Iterator[CodeType | None]:
        """The live code objects that were compiled from the same places; all live code in the piece must be met."""
        waiting: dict[tuple[str, int], list[CodeType]] = {}
        for line in range(self.above + 1, self.below):
            for code in self.table.get(line, ()):
                waiting.setdefault((code.co_qualname, line - self.above), []).append(code)
        places = Counter((code.co_qualname, code.co_firstlineno) for code in codes)
        if any(len(found) != places[place] for place, found in waiting.items()):
            raise Unproven  # some of several have died, or code is here that is not in the text
        for code in codes:
            found = waiting.get((code.co_qualname, code.co_firstlineno))
            yield found.pop(0) if found else None

    def _moves(self) -> Iterator[tuple[CodeType, CodeType]]:
        """The live code below, which has moved."""
        for line, codes in self.table.items():
            if line >= self.below:
                yield from ((code, _moved(code, self.delta)) for code in codes)

    def _lines(self) -> dict[int, int]:
        """Where statements of the piece stand now in which functions were seen to run: the same instructions tell."""
        wanted = [line for line in self.live.record.ran if self.above < line < self.below]
        if not wanted:
            return {}
        places = (version.code.co_positions() for version in (self.old, self.new))
        new_lines = {old[0]: new[0] for old, new in reversed(list(zip(*places, strict=True)))}
        moved_to = {line: new_lines.get(line - self.above) for line in wanted}
        if None in moved_to.values():
            raise Unproven
        return {old: new + self.above for old, new in moved_to.items() if new is not None}

    def _facts(self) -> Iterator[ClassFacts]:
        """The classes of the piece that know something else of their source now."""
        if "class" in self.new.part.text:
            before, after = (class_facts(version.code, self.instructions_of) for version in (self.old, self.new))
            for path, known in after.items():
                facts = ClassFacts(path, self._placed_facts(before.get(path, {})), self._placed_facts(known))
                if facts.old != facts.new:
                    yield facts

    def _placed_facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The same with the lines of the file."""
        return {name: value + self.above if isinstance(value, int) else value for name, value in facts.items()}

    def _has_compiler(self) -> bool:
        """Whether a decorator in the piece, also of a method, compiles what it gets."""
        if "@" not in self.new.part.text:
            return False
        nodes = ast.walk(ast.parse(self.new.part.text))
        decorators = (decorator for node in nodes for decorator in getattr(node, "decorator_list", ()))
        return any(compiles(self.live, decorator) for decorator in decorators)


def _moved(code: CodeType, delta: int) -> CodeType:
    """Code some lines further down; raises Unproven where only the compiler can tell what it looks like there."""
    copy = moved(code, delta) if delta else code
    if copy is None:
        raise Unproven
    return copy
