"""What objects remember of what they computed, and what libraries compute of classes and objects."""

from __future__ import annotations

from . import Edit, Scenario, sub

SCENARIOS = (
    Scenario(
        "An object that is made anew has forgotten what it had computed, whichever way it keeps that.",
        {
            "m.py": """
                import functools

                class Stored:
                    def __init__(self, function):
                        self.function = function

                    def __set_name__(self, owner, name):
                        self.name = name

                    def __get__(self, obj, cls):
                        obj.__dict__[self.name] = value = self.function(obj)
                        return value

                class Graph:
                    def __init__(self):
                        self.edges = []

                    def add(self, *edges):
                        self.edges.extend(edges)

                    @functools.cached_property
                    def cached(self):
                        return list(self.edges)

                    @Stored
                    def stored(self):
                        return list(self.edges)

                    @property
                    def once(self):
                        try:
                            return self._once
                        except AttributeError:
                            self._once = list(self.edges)
                        return self._once

                    def named(self):
                        if not hasattr(self, "_named"):
                            setattr(self, "_named", list(self.edges))
                        return self._named

                    @functools.lru_cache(maxsize=None)
                    def remembered(self, n=1):
                        return list(self.edges) * n

                @functools.lru_cache
                def outside(graph):
                    return list(graph.edges)

                class Holder:
                    def __init__(self, graph):
                        self.graph = graph

                    @functools.cached_property
                    def size(self):
                        return len(self.graph.edges)

                g = Graph()
                g.add(1)
                holder = Holder(g)
                V = [g.cached, g.stored, g.once, g.named(), g.remembered(), g.remembered(n=2), outside(g)]
                N = holder.size
            """
        },
        ("import m", "g, holder = m.g, m.holder"),
        (
            Edit(
                {"m.py": sub("g.add(1)", "g.add(3, 4)")},
                same=("m.g.cached", "m.g.once", "m.g.remembered()", "m.outside(m.g)"),
                holds=("m.g is g", "m.holder is holder"),
            ),
            Edit({"m.py": sub("g.add(3, 4)", "g.add(1)")}, holds=("m.g is g", "m.holder is holder")),
        ),
    ),
)
