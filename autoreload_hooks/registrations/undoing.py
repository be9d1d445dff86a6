"""What units put into objects that they share: found by identity, taken out before the unit runs again or goes.

It must never touch a container that no unit acts upon, nor one that is not a plain list, dictionary or set.
"""

from __future__ import annotations

import ast
import inspect
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from autoreload_hooks.compat.functions import LABELS
from autoreload_hooks.outline import FILLERS, Chain, Outline, Unit, chain_of, class_members, own_nodes
from autoreload_hooks.program import LiveModule, Ordering, Program, is_a, module_namespace
from autoreload_hooks.registrations.applications import have_built_anew
from autoreload_hooks.registrations.standard import Overloads, take_back
from autoreload_hooks.transaction import MISSING, Transaction

if TYPE_CHECKING:
    from autoreload_hooks.planning import Readers

from .building import Building
from .containers import DEPTH, PLAIN_CONTAINERS, WIDTH, dispatch_registry, is_plain_instance, state_of
from .later import Later
from .makers import IMPORTS, Makers
from .placing import Ordered
from .sharing import Sharing
from .taking import Taking

UNCHANGING: Final = (str, bytes, int, float, complex, bool, type(None), tuple, frozenset)
"""Nothing can be put into these, and equal ones may be one object."""
HAVE_HOMES: Final = (FunctionType, type)
"""What says in which module, and under which name, it was defined."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What a list, dictionary or set held before the units of a reload acted upon it."""

    module: str  #: where it is held
    name: str  #: under which name
    container: Any
    before: Any  #: a copy, as deep as there are containers in it
    owner: type | None = None  #: the class of the module that holds it, if one does


class Registrations:
    """Who put what where, for one reload."""

    def __init__(
        self,
        program: Program,
        tx: Transaction,
        outlines: Mapping[str, Outline],
        fresh_order: Callable[[LiveModule], dict[tuple[str, int], int]],
    ) -> None:
        """`outlines` are the new ones of the edited modules: functions may have their new lines already.

        `fresh_order` numbers the units in the order of a fresh import of the edited modules and another one.
        """
        self.program = program
        self.tx = tx
        self.outlines = outlines
        self.makers = Makers(program)
        self.sharing = Sharing(program, self.outlines)
        self.overloads = Overloads(tx)
        self._taking = Taking(tx)
        self._building = Building(program, self.sharing.definition, self.sharing.calling)
        self._contents: dict[int, Content] = {}
        self._actors: dict[int, list[tuple[LiveModule, Unit]]] = {}  # by the container's id: who acts upon it
        self.ordering = Ordering(program, lambda live: self.outlines.get(live.name) or live.outline)
        self.later = Later(program, self.ordering, fresh_order)

    def changed_contents(self, same_value: Callable[[Any, Any], bool]) -> list[Content]:
        """The containers that hold something else than when units began to act upon them; each change is told once."""
        changed = [each for each in self._contents.values() if not same_value(each.before, each.container)]
        for each in changed:
            self._contents[id(each.container)] = replace(each, before=_copied(each.container))
        return changed

    def acts_upon(self, live: LiveModule, unit: Unit, container: Any, readers: Readers) -> bool:
        """Whether a unit acts upon a container, itself or in functions that ran inside it."""
        codes = readers.codes_in(live, unit)
        if type(container) in PLAIN_CONTAINERS:
            return id(container) in set(self._building.changed(live, unit, codes))
        return any(shared is container for _, _, shared in self.sharing.shared(live, unit, codes))

    def changed_by(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> set[int]:
        """The ids of what a unit, or these functions, put something into or take out of: to read it is not enough."""
        return set(self._building.changed(live, unit, codes))

    def fills_another(self, live: LiveModule, unit: Unit, container: Any, readers: Readers) -> bool:
        """Whether a statement is there for what it puts into other containers than one: `fill(OUT, by=TABLE)`."""
        if not isinstance(unit.node, ast.Expr):
            return False
        filled = self._building.filled(live, unit, readers.codes_in(live, unit))
        return not filled <= {id(container), id(MISSING)}

    def builds(self, live: LiveModule, unit: Unit, obj: Any, readers: Readers) -> bool:
        """Whether a unit puts something into an object or into what that has, or assigns its attributes or items."""
        if type(obj) in UNCHANGING:
            return False
        codes = readers.codes_in(live, unit)
        found = [(owner, chain) for owner, chain, _ in self.sharing.shared(live, unit, codes)]
        found += self._building.put_into(live, unit, codes, empty_too=True)
        return any(
            self.program.value(owner, chain[:end]) is obj for owner, chain in found for end in range(1, len(chain) + 1)
        )

    def hands_over(self, live: LiveModule, unit: Unit, obj: Any) -> bool:
        """Whether a statement hands an object to a method that puts it into another: `app.include_router(router)`."""
        call = unit.node.value if isinstance(unit.node, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return False
        given = (chain_of(each) for each in call.args if isinstance(each, (ast.Name, ast.Attribute)))
        if not any(chain and self.program.value(live.namespace, chain) is obj for chain in given):
            return False
        return any(True for _ in self._building.put_into(live, unit, self.program.ran_codes(live, unit)))

    def makes_part_of(self, live: LiveModule, unit: Unit, obj: Any) -> bool:
        """Whether a statement has a part made of an object and kept in it: `commands = parser.add_subparsers()`."""
        chain = _receiver(unit)
        return chain is not None and self.program.value(live.namespace, chain) is obj

    def follows_on(self, container: Any, live: LiveModule, reader: Unit) -> bool:
        """Whether a reader of a container runs after somebody who acted upon it in this reload, or might."""
        actors = self._actors.get(id(container), [])
        return not actors or not all(self.ordering.is_after(other, unit.index, live, reader) for other, unit in actors)

    def _note_content(self, live: LiveModule, unit: Unit, owner: dict[str, Any], chain: Chain, shared: Any) -> None:
        """Remember what a container holds that a module has under a name of its own, and that a unit acts upon it."""
        if (registry := dispatch_registry(shared)) is not None:
            shared = registry
        if type(shared) not in PLAIN_CONTAINERS:
            return
        self._actors.setdefault(id(shared), []).append((live, unit))
        if id(shared) in self._contents:
            return
        space: Any = owner if len(chain) == 1 else self.program.value(owner, chain[:-1])
        if is_a(space, type) and space.__module__ in self.program.records:
            self._contents[id(shared)] = Content(space.__module__, chain[-1], shared, _copied(shared), space)
        if is_a(space, ModuleType):
            space = space.__dict__
        module = space.get("__name__") if is_a(space, dict) else None
        if is_a(module, str) and module in self.program.records:
            home, name = self._home_of(self.program.module(module), chain[-1])
            self._contents[id(shared)] = Content(home.name if home else module, name, shared, _copied(shared))

    def take_back(
        self, live: LiveModule, unit: Unit, readers: Readers, made: list[Any], now: Unit | None
    ) -> Iterator[tuple[list[tuple[LiveModule, Unit]], str]]:
        """Take out what a unit had put into shared objects; `now` takes its place, if anything does.

        Yields what has to be made anew because its entries cannot be told apart: the makers of such containers.
        """
        told: set[int] = set()
        codes = self.program.ran_codes(live, unit)
        self._taking.begin(sorts=any(not FILLERS.isdisjoint(code.co_names) for code in codes))
        makes_places = partial(self._building.makes_places, live, unit, codes)
        for owner, chain, shared in self.sharing.shared(live, unit):
            self._note_content(live, unit, owner, chain, shared)
            before = unit.module.binder_before(chain[0], unit.index) if chain[0] in unit.binds else None
            if owner is live.namespace and before is not None and not before.is_import:
                continue  # its own, as in `NAMES += [...]`: the binder before makes it anew
            have_built_anew(self.tx, shared)
            share = partial(self._share, live, unit, readers)
            found = self._taking.take_out(shared, made, share, makes_places)
            if found and not self._is_item_built_upon(live, unit, readers):
                told.add(id(shared))
                continue
            if not is_a(shared, (list, dict, set, deque)) or not shared:
                continue
            if type(shared) in PLAIN_CONTAINERS and id(shared) not in self._building.filled(live, unit, codes):
                continue  # it was only read
            if (maker := self.makers.of(owner, chain, readers)) is not None and maker[1] is not unit:
                yield [maker], f"{unit.label} acted upon {'.'.join(chain)}"
        if now is not None and self._is_built_upon(live, unit, readers):
            now = None  # to assign the item once more is not enough
        for owner, chain in self._building.put_into(live, unit, codes, now):
            if id(self.program.value(owner, chain)) not in told:
                for maker in self._makers_of(owner, chain, unit, readers):
                    yield [maker], f"{unit.label} acted upon {'.'.join(chain)}"
        take_back(self.program, self.tx, live, unit)

    def _is_built_upon(self, live: LiveModule, unit: Unit, readers: Readers) -> bool:
        """Whether statements below a unit go on with the object whose item it assigns."""
        items = (target for target in _targets(unit) if isinstance(target, ast.Subscript))
        roots = {chain[0] for target in items if (chain := chain_of(target.value))}
        below = readers.units(live)[unit.index + 1 :]
        return any(chain[0] in roots for each in below for chain in each.acts_upon)

    def _is_item_built_upon(self, live: LiveModule, unit: Unit, readers: Readers) -> bool:
        """Whether other statements put something into the very item that a unit assigns: `TABLE["a"]["b"] = 1`."""
        for target in _targets(unit):
            chain = chain_of(target.value) if isinstance(target, ast.Subscript) else None
            if isinstance(target, ast.Subscript) and chain:
                key, word = ast.dump(target.slice), _word_of(target.slice)
                others = (each for _, each in readers.anywhere(*self._names_of(live, chain)) if each is not unit)
                if any(word in each.text and each.acts_upon and _goes_into(each, chain[-1], key) for each in others):
                    return True
        return False

    def _names_of(self, live: LiveModule, chain: Chain) -> tuple[str, str]:
        """The module from which others import what a chain begins with, and its name there."""
        module = self.program.value(live.namespace, chain[:1]) if len(chain) > 1 else MISSING
        if is_a(module, ModuleType) and (target := self.program.module(module.__name__)) is not None:
            live, chain = target, chain[1:]
        home, name = self._home_of(live, chain[0])
        return (home or live).name, name

    def _makers_of(
        self, owner: dict[str, Any], chain: Chain, unit: Unit, readers: Readers, depth: int = DEPTH
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """The unit that made an object, by this name of it or by another one that the module has for it."""
        obj = self.program.value(owner, chain)
        others = [(name,) for name, value in list(owner.items()) if value is obj and (name,) != chain]
        for names in (chain, *others):
            last = self.makers.of(owner, names, readers)
            if last is None:
                continue
            binders = readers.outline(last[0]).binders  # `query = Query()`, then `query = query.where(...)`
            earlier = [
                each for name in last[1].binds for each in reversed(binders.get(name, ())) if each is not last[1]
            ]
            for maker in [last[1], *earlier]:
                if maker is not unit and self._building.is_made_by(last[0], maker, owner, names):
                    yield last[0], maker
                    return
                if depth and (whole := _receiver(maker)) is not None:  # `run = commands.add_parser("run")`
                    yield from self._makers_of(last[0].namespace, whole, unit, readers, depth - 1)
                    return

    def put_into(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> Iterator[tuple[str, str]]:
        """The names (module, name) of the objects into which a unit, or one of these functions, has put something."""
        for owner, chain in self._building.put_into(live, unit, codes):
            home, name = self._home_of(self.program.module(str(owner.get("__name__"))), chain[0])
            if home is not None:
                yield home.name, name

    def _home_of(self, live: LiveModule | None, name: str) -> tuple[LiveModule | None, str]:
        """The module from which others import what a module has under a name, and its name there."""
        for _ in range(IMPORTS):
            source = self.makers.imported(live, name) if live is not None else None
            if source is None:
                break
            live, name = source
        return live, name

    def assigned_by_calls(self, live: LiveModule, unit: Unit) -> Iterator[Chain]:
        """The attributes that a unit has assigned by the methods that it calls: `("conf", "level")`."""
        if "(" in unit.text and isinstance(unit.node, ast.Expr):
            yield from self.sharing.calling.assigned(live.namespace, unit.node)

    def maker_of(self, live: LiveModule, chain: Chain, readers: Readers) -> tuple[LiveModule, Unit] | None:
        """The unit that made an instance which a module knows by a chain, by calling its class."""
        if not is_plain_instance(self.program.value(live.namespace, chain)):
            return None
        maker = self.makers.of(live.namespace, chain, readers)
        return maker if maker is not None and self._building.is_made_by(*maker, live.namespace, chain) else None

    def _share(self, live: LiveModule, unit: Unit, readers: Readers, container: Any, entry: Any) -> tuple[int, int]:
        """Of an entry that is there more than once: how many of them are of units before this one, and of others."""
        home = self.program.module(str(getattr(entry, "__module__", ""))) if is_a(entry, HAVE_HOMES) else None
        if home is None:
            return 0, 0
        units = list(readers.anywhere(home.name, entry.__qualname__.partition(".")[0]))
        if (maker := self.ordering.outline(home).last_binder(entry.__qualname__)) is not None:
            units.append((home, maker))
        others = [
            (other, each)
            for other, each in units
            if unit not in (each, readers.before.get(each)) and self.acts_upon(other, each, container, readers)
        ]
        before = sum(not self.ordering.is_after(other, each.index, live, unit) for other, each in others)
        return before, len(others)

    def take_out_added(self, unit: Unit) -> None:
        """A unit runs once more in one reload: what it has put into lists and dictionaries before goes."""
        self._taking.take_out_added(unit)

    def follow_overloads(self, live: LiveModule, gone: Iterable[CodeType]) -> None:
        """`typing` keeps overloads by line: those that moved follow, those whose code is `gone` are left out."""
        self.overloads.follow(live.name, {id(code) for code in gone})

    def refused_by(
        self, live: LiveModule, unit: Unit, readers: Readers, error: BaseException
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """The makers of the shared objects that would not let a unit act upon them.

        The error was raised in a method of such an object, as by a web application that has begun to serve.
        """
        asked = _receivers_of(error)
        for owner, chain, shared in self.sharing.shared(live, unit):
            maker = self.makers.of(owner, chain, readers) if id(shared) in asked else None
            if maker is not None and maker[1] is not unit:
                yield maker

    def guard(self, live: LiveModule, unit: Unit, codes: list[CodeType]) -> list[Any]:
        """Have the plain containers that a unit acts upon restored if the reload is undone; returns what it acts upon.

        `codes` are the functions that will run inside it.
        """
        guarded = []
        for owner, chain, shared in self.sharing.shared(live, unit, codes):
            self._note_content(live, unit, owner, chain, shared)
            if is_a(shared, dict):
                self.tx.guard(shared)
            elif is_a(shared, (list, deque)):
                self.tx.guard_list(shared)
            elif is_a(shared, set):
                self.tx.guard_set(shared)
            else:
                have_built_anew(self.tx, shared)
            guarded.append(shared)
        return guarded

    def take_away(
        self, live: LiveModule, unit: Unit, now: Unit | None, readers: Readers
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """Undo the assignments to attributes and items of a unit that went: `f.tag = 1`, `TABLE["k"] = f`.

        Those that the unit makes which takes its place, `now`, stay.
        Yields the units that had given them something before, and give it again now.
        """
        kept = set(map(ast.dump, _targets(now))) if now is not None else set()
        for target in _targets(unit):
            if ast.dump(target) in kept:
                continue
            chain = chain_of(target.value) if isinstance(target, (ast.Attribute, ast.Subscript)) else None
            owner = self.program.value(live.namespace, chain) if chain else MISSING
            if chain is None or owner is MISSING:
                continue
            if (before := self._giver_before(live, unit, target, chain, owner, readers)) is not None:
                yield before
            elif isinstance(target, ast.Attribute) and is_a(owner, ModuleType):
                self.tx.guard(module_namespace(owner))
                module_namespace(owner).pop(target.attr, None)
            elif isinstance(target, ast.Attribute) and is_a(owner, FunctionType) and target.attr in LABELS:
                said = LABELS[target.attr](owner.__code__)
                module = owner.__globals__.get("__name__")
                self.tx.set_attr(owner, target.attr, module if target.attr == "__module__" else said)
            elif isinstance(target, ast.Attribute) and is_a(owner, (FunctionType, type)):
                if target.attr in state_of(owner):
                    self.tx.del_attr(owner, target.attr, deleter=type.__delattr__ if is_a(owner, type) else delattr)
            elif (
                isinstance(owner, dict) and isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant)
            ):
                self.tx.del_item(owner, target.slice.value)
                self._note_content(live, unit, live.namespace, chain, owner)
                self._taking.dropped.append((owner, target.slice.value))

    def givers_before(self, live: LiveModule, unit: Unit, readers: Readers) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that give attributes the values which a unit reads and replaces: `A.size = A.size + 1`."""
        above = [each for each in readers.units(live) if each.index < unit.index]
        for target in _targets(unit):
            chain = chain_of(target)
            if chain is None or not (isinstance(unit.node, ast.AugAssign) or chain in unit.reads):
                continue
            owner = self.program.value(live.namespace, chain[:-1])
            if owner is not MISSING:
                earlier = [each for each in above if chain in each.assigns]
                giver = (live, earlier[-1]) if earlier else None
                if giver is None and is_a(owner, (FunctionType, type, ModuleType)):
                    giver = self._giver_before(live, unit, target, chain[:-1], owner, readers)
                giver = giver or self.maker_of(live, chain[:-1], readers)
                if giver is not None:
                    yield giver

    def _giver_before(
        self, live: LiveModule, unit: Unit, target: ast.expr, chain: Chain, owner: Any, readers: Readers
    ) -> tuple[LiveModule, Unit] | None:
        """The unit that gives an attribute or item its value where this one does not assign it."""
        if isinstance(target, ast.Attribute):
            whole = (*chain, target.attr)
            earlier = [each for each in readers.units(live) if each is not unit and whole in each.assigns]
            if earlier:
                return live, earlier[-1]
            if is_a(owner, ModuleType):
                home = self.program.module(owner.__name__)
                units = readers.units(home) if home is not None and home.record.mine else []
                found = next((unit for unit in reversed(units) if target.attr in unit.binds), None)
                return (home, found) if home is not None and found is not None else None
            if is_a(owner, type) and (maker := self.makers.of(live.namespace, chain, readers)) is not None:
                node = maker[1].node
                if isinstance(node, ast.ClassDef) and target.attr in class_members(node):
                    self.makers.anew.setdefault(maker[1], set()).add(target.attr)
                    return maker
        elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and isinstance(owner, dict):
            maker = self.makers.of(live.namespace, chain, readers)
            if maker is not None and any(
                isinstance(node, ast.Constant) and node.value == target.slice.value for node in ast.walk(maker[1].node)
            ):
                return maker
        return None

    def covered_before(self, readers: Readers) -> Iterator[tuple[LiveModule, Unit]]:
        """The units that had given dictionaries an entry which another one had covered that went since."""
        dropped, self._taking.dropped[:] = list(self._taking.dropped), []
        for container, key in dropped:
            content = self._contents.get(id(container)) if key not in container else None
            if content is None or content.owner is not None or type(key) is not str:
                continue
            quoted = {f'"{key}"', f"'{key}'"}
            for live, unit in readers.anywhere(content.module, content.name):
                is_named = getattr(unit.node, "name", None) == key or any(text in unit.text for text in quoted)
                if is_named and self.acts_upon(live, unit, container, readers):
                    yield live, unit

    def put_in_place(self) -> None:
        """Entries that came again at the end of a container go back to where they were."""
        self._taking.put_back()
        self.overloads.sort()

    def place_new(
        self, live: LiveModule, unit: Unit, orders: list[Ordered], readers: Readers
    ) -> Iterator[tuple[LiveModule, Unit]]:
        """Move what a unit has added for the first time before what the units had put there that run after it.

        Yields the makers of the lists in which that cannot be told: they are made anew.
        """
        self._taking.note_added(unit, orders)
        again = self._taking.containers()
        orders = [ordered for ordered in orders if id(ordered.container) not in again and ordered.added()]
        below = readers.units(live)[unit.index + 1 :] if orders else []
        made = {id(obj) for each in below for obj in self._made_by(live, each, readers)}

        def is_below(part: Any) -> bool:
            return id(part) in made or (is_a(part, FunctionType) and id(part.__code__) in made)

        def is_later(part: Any) -> bool:
            return is_below(part) or self.later.is_of_later_module(part, live, unit)

        lists = {id(each.container) for each in orders if type(each.container) is list and not each.holds(is_below)}
        untold = {
            id(shared): (owner, chain)
            for owner, chain, shared in (self.sharing.shared(live, unit, readers.codes_in(live, unit)) if lists else ())
            if id(shared) in lists and any(self.acts_upon(live, each, shared, readers) for each in below)
        }
        for each in orders:
            if id(each.container) not in untold:
                each.put_before(is_later)
            elif (maker := self.makers.of(*untold[id(each.container)], readers)) is not None and maker[1] is not unit:
                yield maker

    def _made_by(self, live: LiveModule, unit: Unit, readers: Readers) -> Iterator[Any]:
        """What a unit has made, as far as it shows without a search: values of its names, and code."""
        if not unit.is_import:
            values = [live.namespace.get(name) for name in unit.binds if unit.module.last_binder(name) is unit]
            yield from (each for each in values if is_a(each, (FunctionType, type)) or is_plain_instance(each))
            yield from filter(None, live.codes(readers.before.get(unit, unit)))


def _receiver(unit: Unit) -> Chain | None:
    """The object whose `add...` or `create...` method gives a name its value."""
    call = unit.node.value if isinstance(unit.node, ast.Assign) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    return chain_of(call.func.value) if call.func.attr.startswith(("add", "create", "register")) else None


def _copied(container: Any, depth: int = DEPTH) -> Any:
    """A copy of a plain container, in which the containers are copies too; all else is the same."""
    if type(container) not in PLAIN_CONTAINERS:
        return container
    copy = container.copy()
    if depth and len(container) <= WIDTH:
        if type(copy) is dict:
            copy.update((key, _copied(value, depth - 1)) for key, value in container.items())
        elif type(copy) is not set:
            for place, value in enumerate(container):
                copy[place] = _copied(value, depth - 1)
    return copy


def _targets(unit: Unit) -> list[ast.expr]:
    """The attributes and items to which a plain statement assigns."""
    node = unit.node
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        targets = [node.target]
    return [target for target in targets if isinstance(target, (ast.Attribute, ast.Subscript))]


def _word_of(key: ast.expr) -> str:
    """What stands in each text that has this key: a quick no."""
    if isinstance(key, ast.Name):
        return key.id
    value = getattr(key, "value", None)
    return value if isinstance(value, str) and value.isidentifier() else ""


def _goes_into(unit: Unit, name: str, key: str) -> bool:
    """Whether a statement goes on from an item of what has a name; `key` is the syntax of the item's key."""
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Load)
        and (chain := chain_of(node.value))
        and chain[-1] == name
        and ast.dump(node.slice) == key
        for node in own_nodes(unit.node)
    )


def _receivers_of(error: BaseException) -> set[int]:
    """The ids of the first arguments of the functions that an error went through, below the unit itself."""
    found: set[int] = set()
    trace = error.__traceback__
    while trace is not None:
        code, values = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code.co_argcount:
            found.add(id(values.get(code.co_varnames[0])))
        elif code.co_flags & inspect.CO_VARARGS:
            found |= {id(first) for first in values.get(code.co_varnames[code.co_kwonlyargcount], ())[:1]}
        trace = trace.tb_next
    return found
