"""Which modules somebody still imports: other modules, cells, or a text that names them.

It must never say of a module that nobody imports it while that is in doubt.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, Final

from autoreload_hooks.bindings import USER, modules_of
from autoreload_hooks.compat.bytecode.imports import import_sites
from autoreload_hooks.outline import Outline
from autoreload_hooks.program import LiveModule, Program, is_a, module_namespace
from autoreload_hooks.sources import imports_by_text

from .edits import ModuleEdit

BY_TEXT: Final = frozenset({"import_module", "__import__"})
"""The functions that import what a string names."""
ANY: Final = ".*"
RELATIVE: Final = re.compile(r"^(?:\\\.)+")
"""How the pattern of a relative name begins."""


@dataclass(frozen=True)
class Importers:
    """Who imports modules once some edits are made."""

    program: Program
    edits: Sequence[ModuleEdit]
    gone: Collection[str]  #: the modules that do not count themselves: their files are gone, or nobody imports them
    user: Mapping[str, Any] = field(default_factory=dict)  #: the notebook's namespace
    listers: Collection[str] = ()  #: the modules that import what they find in a folder: what is gone they do not find
    returning: Collection[str] = ()  #: the modules whose files are there again

    def modules(self) -> set[str]:
        """All that statements of modules import whose files are there."""
        new = {edit.name: edit for edit in self.edits}
        imported: set[str] = set()
        for live in self._there():
            if live.name in new:
                units = [unit for unit in new[live.name].new.units if "import" in unit.text]
                sites = [site for unit in units for site in import_sites(unit.code)]
                imported.update(name for site in sites for name in modules_of(site, live.record.package))
            else:
                imported.update(self.program.bindings.imported_modules(live.name))
        return imported

    def without_waiting(self, waiting: Collection[str]) -> Importers:
        """The same less the edits of these modules that nobody imports."""
        gone, out = set(self.gone), set(waiting)
        while out:
            them = replace(self, gone=gone)
            imported = them.modules()
            waits = [edit for edit in self.edits if edit.name in out]
            wanted = {edit.name for edit in waits if edit.name in imported or them.may_hold(edit.live)}
            if not wanted:
                break
            out -= wanted
            gone -= wanted
        return replace(self, edits=[edit for edit in self.edits if edit.name not in out], gone=gone)

    def may_hold(self, live: LiveModule) -> bool:
        """Whether a cell imports a module or holds it by a name, or a text may name it for an import."""
        if live.name in self.program.bindings.imported_modules(USER):
            return True
        held = (module_namespace(value) for value in list(self.user.values()) if is_a(value, ModuleType))
        if any(names is live.namespace for names in held) or any(self._names(other, live) for other in self._there()):
            return True
        by = live.record.named_by
        return by is not None and by != "" and not self._is_mine(by) and not self._is_named_no_more(live.name)

    def _is_mine(self, name: str) -> bool:
        """Whether a module is the user's: what it says was looked at."""
        record = self.program.records.get(name)
        return record is not None and record.mine

    def _there(self) -> Iterator[LiveModule]:
        yield from (live for live in self.program.mine() if live.name not in self.gone)

    def _names(self, live: LiveModule, named: LiveModule) -> bool:
        """Whether a module has the name of another one in a text, or imports what a computed text names."""
        edit, data, name = self._edit(live), self._data(live), named.name
        end = rb"""(?:["']|[.:]\w)""" if "." in name else rb"""(?::\w|\.(?!py["'])\w)"""  # one word may mean anything
        if re.search(rb"""["']""" + re.escape(name.encode()) + end, data):
            return True
        if not imports_by_text(data):
            return False
        outline = edit.new if edit is not None else live.outline
        patterns = imported_by_text(outline, live.name, live.record.package or "")
        matching = [pattern for pattern in patterns if re.fullmatch(pattern, name)]
        if not all(pattern.endswith(ANY) for pattern in matching):
            return True  # the start of a relative name is not looked for
        asked = {live.name, named.record.named_by}  # who found it in a folder finds it there no more
        is_missed = not asked.isdisjoint(self.listers) and name not in self.returning
        computes = bool(matching) and not is_missed and named.record.named_by != ""
        return computes and not self._is_named_no_more(name)

    def _is_named_no_more(self, name: str) -> bool:
        """Whether the last word of a module's name went from the texts in the sources with these edits."""
        word = re.compile(rb"""["'](?:[\w.]+\.)?""" + re.escape(name.rpartition(".")[2].encode()) + rb"""["'.:]""")
        sources = (edit.live.record.source for edit in self.edits)
        was_named = any(source is not None and word.search(source.data) for source in sources)
        return was_named and not any(word.search(self._data(live)) for live in self._there())

    def _edit(self, live: LiveModule) -> ModuleEdit | None:
        return next((edit for edit in self.edits if edit.live is live), None)

    def _data(self, live: LiveModule) -> bytes:
        edit, source = self._edit(live), live.record.source
        return edit.data if edit is not None else source.data if source is not None else b""


def imported_by_text(outline: Outline, name: str, package: str) -> Iterator[str]:
    """Patterns of what a module (of this name and package) may import by functions that take a text."""
    nodes = list(ast.walk(outline.tree))
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args and _word(node.func) in BY_TEXT]
    for call in calls:
        yield RELATIVE.sub(ANY, _pattern(call.args[0], {"__name__": name, "__package__": package}))
    known = {id(call.func) for call in calls}
    for node in nodes:
        is_renamed = isinstance(node, ast.alias) and node.name in BY_TEXT and node.asname is not None
        if is_renamed or (_word(node) in BY_TEXT and id(node) not in known):
            yield ANY  # whoever has it then


def _word(node: ast.AST) -> object:
    """What an expression names, by itself or in a text."""
    match node:
        case ast.Name(word) | ast.Attribute(attr=word) | ast.Constant(word) if isinstance(word, str):
            return word
    return None


def _pattern(node: ast.expr, known: Mapping[str, str]) -> str:
    """What a text can be, as far as its syntax says."""
    match node:
        case ast.Constant(str(text)):
            return re.escape(text)
        case ast.Name(word) if word in known:
            return re.escape(known[word])
        case ast.JoinedStr(parts):
            return "".join(_pattern(part, known) for part in parts)
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            return _pattern(inner, known)
        case ast.BinOp(left, ast.Add(), right):
            return _pattern(left, known) + _pattern(right, known)
    return ANY
