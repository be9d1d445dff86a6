"""A module that is edited, for the tests of `patching`: it runs units as a reload does, and merges what they bind."""

from __future__ import annotations
import __future__

import ast
import gc
import sys
import textwrap
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from autoreload_hooks.patching import Departed, Patcher
from autoreload_hooks.transaction import MISSING, Transaction

STEP = "__step__"


class Lab:
    """One module, its source, and what the last edit told about it."""

    def __init__(self, source: str, name: str = "lab") -> None:
        self.module = ModuleType(name)
        self.module.__dict__["__builtins__"] = __builtins__
        sys.modules[name] = self.module
        self.functions: dict[str, FunctionType] = {}
        self.notes: list[tuple[str, str, str]] = []
        self.departed = Departed()
        self.patcher: Patcher
        self.tx: Transaction
        self.source = textwrap.dedent(source)
        self.flags = __future__.annotations.compiler_flag if "import annotations" in source else 0
        self._run(ast.parse(self.source), self._record)

    def __getattr__(self, name: str) -> Any:
        """A name of the module."""
        try:
            return self.module.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def sub(self, *changes: str, **options: Any) -> Lab:
        """Edit by replacing texts: old, new, old, new ..."""
        source = self.source
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            assert old in source, old
            source = source.replace(old, new)
        return self.edit(source, **options)

    def add(self, text: str, **options: Any) -> Lab:
        """Edit by adding a text at the end."""
        return self.edit(self.source + text, **options)

    def edit(
        self,
        source: str,
        *,
        keep: Callable[[str, str, Any], bool] = lambda cls, name, new: False,
        made_names: Any = None,
        commit: bool = True,
        units: Callable[[str], bool] = lambda text: True,
    ) -> Lab:
        """Run the units of a new source one by one, and merge what each binds."""
        self.notes = []
        self.tx = Transaction()
        self.patcher = Patcher(self.tx, lambda *note: self.notes.append(note), self.departed)
        namespace = self.module.__dict__
        tree = ast.parse(textwrap.dedent(source))
        gc.collect()
        gc.disable()
        try:
            for node in tree.body:
                if units(ast.unparse(node)):
                    self._unit(node, namespace, keep, made_names)
        finally:
            gc.enable()
        if commit:
            self.source = textwrap.dedent(source)
            self.patcher.complete()
            self.tx.commit()
            self.patcher.finish()
        return self

    def rollback(self) -> None:
        """Undo the last edit."""
        self.tx.rollback()
        assert self.tx.errors == []

    def _unit(self, node: ast.stmt, namespace: dict[str, Any], keep: Any, made_names: Any) -> None:
        before = dict(namespace)
        self.tx.guard(namespace)
        if isinstance(node, ast.ClassDef) and isinstance(before.get(node.name), type):
            self.patcher.prepare(before[node.name])
        gc.collect(0)
        self._run(ast.Module([node], []), self._survive)
        made = {id(obj) for obj in gc.get_objects(generation=0)}
        self.patcher.settle()
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in list(namespace):
                self._settle(namespace, name, before.get(name, MISSING), made, keep, made_names)
        self.patcher.drop_twins()

    def _settle(
        self, namespace: dict[str, Any], name: str, old: Any, made: set[int], keep: Any, made_names: Any
    ) -> None:
        if old is not namespace[name] and old is not MISSING:
            namespace[name] = self.patcher.merge(
                old, namespace[name], made=lambda obj: id(obj) in made, keep=keep, made_names=made_names
            )

    def _run(self, tree: ast.Module, step: Callable[[FunctionType], FunctionType]) -> None:
        for node in _definitions(tree):
            node.decorator_list.append(ast.copy_location(ast.Name(STEP, ast.Load()), node))
        namespace = self.module.__dict__
        namespace[STEP] = step
        code = compile(ast.fix_missing_locations(tree), "lab.py", "exec", flags=self.flags, dont_inherit=True)
        try:
            exec(code, namespace)
        finally:
            del namespace[STEP]

    def _record(self, function: FunctionType) -> FunctionType:
        self.functions[function.__qualname__] = function
        return function

    def _survive(self, function: FunctionType) -> FunctionType:
        old = self.functions.get(function.__qualname__)
        if old is None:
            return self._record(function)
        return self._record(self.patcher.function(old, function))


def _definitions(node: ast.AST) -> list[Any]:
    """The functions of a module and of its classes, not those inside functions."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(child)
        elif not isinstance(child, ast.Lambda):
            found += _definitions(child)
    return found
