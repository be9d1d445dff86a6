"""What follows when the objects that statements build hold something else: who reads what is in them runs again.

It must never set anything itself: it puts units on the agenda.
"""

from __future__ import annotations

import ast
import gc
import os
from abc import ABCMeta
from collections.abc import Iterator
from contextvars import ContextVar
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from autoreload_hooks.compat.behaviours import inherits
from autoreload_hooks.outline import FUNCTIONS, Chain, Unit, chain_of, chains, own_nodes
from autoreload_hooks.planning import Run
from autoreload_hooks.program import (
    PLAIN,
    LiveModule,
    attribute,
    callables,
    defaults_of,
    gives_computed_values,
    is_a,
    with_nested,
)
from autoreload_hooks.registrations import (
    Content,
    Look,
    can_be_told,
    is_data,
    is_plain_instance,
    registers,
    state_of,
)
from autoreload_hooks.transaction import MISSING

from .agenda import Agenda
from .context import Context

WITHIN: Final = 4  #: how deep inside of an object a container is looked for that it was made with
MANY: Final = 1000  #: an object of more parts may hold anything
WHOLE: Final = frozenset({"__dict__", "vars", "getattr", "attrgetter"})  #: what may ask for any part of an object


class Contents:
    """What follows from changes of what objects hold, in one reload."""

    def __init__(self, context: Context, agenda: Agenda) -> None:
        self.context = context
        self.agenda = agenda

    def made_anew_in_place(self, live: LiveModule, name: str, maker: Unit) -> None:
        """The units that act upon an object that was made anew in place: what they had put into it may be gone.

        What was computed of it follows as well; who merely holds it has it.
        """
        target, readers = live.namespace[name], self.context.readers
        acting, is_rebuilt = self.context.registrations.acting, maker in self.context.rebuilt
        for owner, reader in list(readers.anywhere(live.name, name)):
            if reader is not maker and (
                acting.builds(owner, reader, target, readers)
                or acting.hands_over(owner, reader, target)
                or (is_rebuilt and acting.makes_part_of(owner, reader, target))
                or (is_rebuilt and gives_computed_values(owner.namespace, reader.binds))
            ):
                self.agenda.schedule(Run(owner.name, reader, f"{live.name}.{name} was made anew"))

    def became_another(self, live: LiveModule, name: str, maker: Unit) -> None:
        """An object is made of other parts now, as what a decorator returned: what was computed of it follows.

        So does what was computed of the objects into which its statement puts it: of a group, for its command.
        """
        readers = self.context.readers
        places = [(live.name, name), *self._holders_of(live, maker)]
        for owner, reader in [each for place in places for each in readers.anywhere(*place)]:
            if reader is not maker and gives_computed_values(owner.namespace, reader.binds):
                self.agenda.schedule(Run(owner.name, reader, f"{live.name}.{name} is another now"))

    def _holders_of(self, live: LiveModule, unit: Unit) -> list[tuple[str, str]]:
        """By (module, name), the objects into which a unit puts what it makes, and those into which these were put."""
        home_of = self.context.registrations.makers.home_of_chain
        found = list(dict.fromkeys(home_of(live, chain) for chain in unit.acts_upon))
        for module, name in found:
            home = self.context.program.module(module)
            binder = self.context.outline(module).last_binder(name) if home is not None and home.record.mine else None
            if home is not None and binder is not None:
                above = (home_of(home, chain) for chain in binder.acts_upon)
                found += [each for each in dict.fromkeys(above) if each not in found]
        return found

    def was_put_into(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> None:
        """A unit ran, and these functions in it: what was computed below of an object that it put something into."""
        registrations, readers = self.context.registrations, self.context.readers
        names = list(registrations.acting.put_into(live, unit, codes))
        found = [reader for name in names for reader in list(readers.anywhere(*name))]
        variables = [each for name in names if type(each := self._value_of(*name)) is ContextVar]
        for chain in unit.assigns:  # by a property, which says nothing of what it did
            if self.context.program.value(live.namespace, chain) is MISSING:
                found += list(readers.anywhere(live.name, chain[0]))
        acted_upon = [self.context.program.value(live.namespace, chain) for chain in unit.acts_upon]
        if any(each is os.environ for each in acted_upon):
            found += [reader for name in ("environ", "getenv") for reader in readers.of_owner(os, name)]
        for cls in acted_upon:
            if issubclass(type(cls), ABCMeta):  # `Shape.register(Square)`
                found += list(readers.anywhere(cls.__module__, cls.__qualname__.partition(".")[0]))
        for owner, reader in found:
            is_computed = (
                gives_computed_values(owner.namespace, reader.binds)
                or _gives_another_item(reader)
                or any(registrations.acting.builds(owner, reader, each, readers) for each in variables)
            )
            if is_computed and registrations.ordering.is_after(owner, reader.index, live, unit):
                self.agenda.schedule(Run(owner.name, reader, f"{unit.label} put something into what it reads"))

    def _value_of(self, module: str, name: str) -> Any:
        live = self.context.program.module(module)
        return live.namespace.get(name) if live is not None else None

    def was_altered(self, unit: Unit, looks: list[Look], known: list[Any]) -> None:
        """A changed statement altered arrays, frames or texts by means that its syntax does not tell.

        So it had done before, and that is still in them: who made them makes them anew.
        `known` are the objects that it is known to act upon.
        """
        program, makers = self.context.program, self.context.registrations.makers
        for look in looks:
            if any(look.obj is each for each in known) or look.parts(self.context.same_value) is None:
                continue
            for module, name in program.names_holding(look.obj):
                live = program.module(module)
                maker = makers.of(live.namespace, (name,), self.context.readers) if live is not None else None
                if live is None or maker is None or live.namespace[name] is not look.obj:
                    continue
                is_made = makers.building.is_made_by(*maker, live.namespace, (name,))
                if is_made and maker[1] is not unit and maker[1] not in self.agenda.count:
                    self.agenda.schedule(Run(maker[0].name, maker[1], f"{unit.label} alters it"))

    def uncover(self) -> bool:
        """Entries of dictionaries went that had covered others: those come again. Returns whether any is to."""
        registrations, readers = self.context.registrations, self.context.readers
        for live, unit in list(registrations.assigning.covered_before(readers)):
            if unit not in self.agenda.count:
                self.agenda.schedule(Run(live.name, unit, "what had covered its entry went"))
        return bool(self.agenda.runs)

    def follow_contents(self) -> bool:
        """Containers that units acted upon hold something else now: plain values that were computed of them follow.

        Returns whether anything is to run.

        An object that was made with such a container and holds it sees what it holds now; one that does not hold it
        has looked at it when it was made.
        """
        for content in self.context.registrations.contents.changed(self.context.same_value):
            self.context.changed_contents[id(content.container)] = content.container
            if content.owner is None and (content.module, content.name) in self.context.changed_names:
                continue  # it was made anew, and its readers have followed
            if content.module and self.context.is_gone(content.module):
                continue  # what its entries went into stands elsewhere
            name = f"{content.module}.{content.name}" if content.module else f"a {type(content.container).__name__}"
            because = f"what {name} holds changed"
            for live, reader in self._readers_of(content):
                if self._follows(live, reader, content):
                    self.agenda.schedule(Run(live.name, reader, because))
        return bool(self.agenda.runs)

    def _follows(self, live: LiveModule, unit: Unit, content: Content) -> bool:
        """Whether a reader of a container that holds something else now is to run again."""
        registrations, readers, container = self.context.registrations, self.context.readers, content.container
        return (
            (
                _gives_values(live, unit, container)
                or self._defines_with(live, unit, container)
                or (bool(content.module) and registrations.acting.fills_another(live, unit, container, readers))
                or (content.is_object and self._is_copied(live, unit, container))
            )
            and registrations.contents.follows_on(content, live, unit)
            and not registrations.acting.acts_upon(live, unit, container, readers)
            and ((content.module and not content.is_object) or self._is_to_look_again(live, unit, content))
        )

    def _is_copied(self, live: LiveModule, unit: Unit, obj: Any) -> bool:
        """Whether others have taken over what an object holds, as a unit hands it to them or has made them with it.

        Who has the object itself sees what it holds now, unless he keeps what has gone since.
        """
        acting, program = self.context.registrations.acting, self.context.program
        made = [live.namespace.get(name) for name in unit.binds] if not unit.is_import else []
        if acting.hands_over(live, unit, obj):
            homes = [(program.module(module), name) for module, name in acting.put_into(live, unit, [])]
            made += [home.namespace.get(name) for home, name in homes if home is not None]
        takers = [taker for taker in made if is_plain_instance(taker)]
        if takers and not any(_is_within(obj, taker, FunctionType) for taker in takers):
            return True
        gone = [value for _, _, value in self.context.removed if can_be_told(value)]
        return any(registers(taker, value) for taker in takers for value in gone)

    def _defines_with(self, live: LiveModule, unit: Unit, container: Any) -> bool:
        """Whether a unit defines something with what it computes of a container: a default, or a class attribute."""
        computed = [each for each in _computed(unit.node) if chain_of(each) is None]
        spaces = [(live.namespace, chain) for each in computed for chain in chains(each)]
        if any(isinstance(node, ast.Call) for each in computed for node in own_nodes(each)):
            program = self.context.program
            for code in self.context.readers.codes_in(live, unit):
                spaces += [(program.namespace_of_file(code.co_filename), chain) for chain in program.reads_of(code)]
        return any(
            self.context.program.value(space, chain[:end]) is container
            for space, chain in spaces
            for end in range(1, len(chain) + 1)
        )

    def _is_to_look_again(self, live: LiveModule, unit: Unit, content: Content) -> bool:
        """Whether a unit asks for what an object holds, and has not run since those above acted upon it."""
        actors = self.context.registrations.contents.actors_above(content, live, unit)
        if self.agenda.has_run_after(unit, actors):
            return False
        return not content.is_object or is_data(content.container) or self._looks_into(live, unit, content)

    def _looks_into(self, live: LiveModule, unit: Unit, content: Content) -> bool:
        """Whether a unit, or a function that ran in it, asks for what an object holds otherwise now.

        Of what the object's own methods ask for their code tells; who has the whole object, or calls a method of
        somebody else's, may ask for all of it.
        """
        if any(part.isidentifier() and unit.mentions(part) for part in content.parts):
            return True
        readers = self.context.readers
        places = [(live.namespace, readers.reads_of(live, unit))]
        for code in with_nested(readers.codes_in(live, unit)):
            if not content.parts.isdisjoint((*code.co_names, *code.co_consts)) or not WHOLE.isdisjoint(code.co_names):
                return True
            places.append((readers.namespace_of(code), readers.chains_of(code)))
        return any(self._asks_for_all(space, chain, content.container) for space, read in places for chain in read)

    def _asks_for_all(self, space: dict[str, Any], chain: Chain, obj: Any) -> bool:
        """Whether a chain of names ends at an object, or at what may ask for any of its parts."""
        program = self.context.program
        for end in range(1, len(chain) + 1):
            if program.value(space, chain[:end]) is obj:
                if end == len(chain):
                    return True
                if attribute(obj, chain[end]) is not MISSING:
                    return False
                methods = list(callables(attribute(type(obj), chain[end])))
                return not methods or not all(map(program.follows, methods))
        return False

    def _readers_of(self, content: Content) -> list[tuple[LiveModule, Unit]]:
        """The units that read a container by its name, or as an attribute of the class that holds it."""
        readers = self.context.readers
        if content.owner is not None:
            instances = self._names_of_instances(content.owner, content.container)
            of_instances = [reader for name in instances for reader in readers.anywhere(*name)]
            return [*readers.of_attribute(content.owner, content.name), *of_instances]
        if not content.module:
            names = self.context.program.names_holding(content.container, in_objects=content.is_object)
            return [reader for name in names for reader in readers.anywhere(*name)]
        found = list(readers.anywhere(content.module, content.name))
        codes = [each.__code__ for live, unit in found for each in _with_default(live, unit, content.container)]
        keys = [key for code in codes for key in self.context.ids_of(code)]
        return found + [each for key in keys for each in readers.of_code(key)]

    def _names_of_instances(self, cls: type, container: Any) -> Iterator[tuple[str, str]]:
        """By (module, name), the instances of a class whose attributes are the entries of a dictionary that it has."""
        for live in self.context.program.mine() if type(container) is dict else ():
            for name, value in list(live.namespace.items()):
                if inherits(type(value), cls) and state_of(value) is container:
                    yield live.name, name


def _computed(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions of a definition: of defaults, class attributes, and arguments of decorators."""
    for decorator in getattr(node, "decorator_list", ()):
        if isinstance(decorator, ast.Call):
            yield from (*decorator.args, *(keyword.value for keyword in decorator.keywords))
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        yield from (each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Lambda):
        yield from _computed(node.value)
    elif isinstance(node, ast.ClassDef):
        for statement in node.body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                yield statement.value
            yield from _computed(statement)


def _with_default(live: LiveModule, unit: Unit, container: Any) -> Iterator[FunctionType]:
    """The functions that a unit defines and that have a container as the default of a parameter."""
    for function in [live.namespace.get(name) for name in unit.binds] if unit.is_definition else ():
        if is_a(function, FunctionType) and any(each is container for each in defaults_of(function).values()):
            yield function


def _gives_values(live: LiveModule, unit: Unit, container: Any) -> bool:
    """Whether all that a unit binds was computed of a container: plain values, and objects that do not hold it."""
    values = [live.namespace.get(name, MISSING) for name in unit.binds]
    if not values:
        return _only_checks(unit.node)
    return not unit.is_import and all(_is_computed(value, container) for value in values)


def _gives_another_item(unit: Unit) -> bool:
    """Whether a statement gives an object an item that it computes of others: `df["c"] = df["b"] + 1`."""
    match unit.node:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(key))], value=value):
            items = (each.slice for each in ast.walk(value) if isinstance(each, ast.Subscript))
            return not any(isinstance(each, ast.Constant) and each.value == key for each in items)
    return False


def _only_checks(node: ast.stmt) -> bool:
    """Whether a statement does nothing but to raise an exception or not: `assert`, `if ...: raise`."""
    return isinstance(node, ast.Assert) or (
        isinstance(node, ast.If) and not node.orelse and all(isinstance(each, ast.Raise) for each in node.body)
    )


def _is_computed(value: Any, container: Any) -> bool:
    if type(value) in PLAIN:
        return True
    if is_a(value, (FunctionType, type, ModuleType)) or type(value).__dictoffset__ == 0:
        return False
    return not _is_within(container, value)


def _is_within(obj: Any, whole: Any, *leaves: type) -> bool:
    """Whether an object is among the parts of another one, or theirs; of large ones it may be. `leaves` have none."""
    level: list[Any] = [whole]  # not its dictionary, which from 3.13 on does not tell what is kept in the instance
    for _ in range(WITHIN):
        held = (part for each in level if not is_a(each, leaves) for part in gc.get_referents(each))
        level = [part for part in held if not is_a(part, (type, ModuleType))]
        if any(part is obj for part in level) or len(level) > MANY:
            return True
    return False
