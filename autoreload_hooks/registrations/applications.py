"""What applications have built of their registrations at the first request: they build it anew at the next one.

It must never import a framework, nor build anything itself.
"""

from __future__ import annotations

from typing import Any, Final

from autoreload_hooks.program import attribute, family_of
from autoreload_hooks.transaction import Transaction

from .containers import is_plain_instance, state_of

_BUILT: Final = {("starlette.applications", "Starlette"): ("middleware_stack", "openapi_schema")}
"""By module and name of an application's class: the attributes that are built when they are None.

Starlette: https://github.com/encode/starlette/blob/0.46.0/starlette/applications.py (`build_middleware_stack`); the
other one is FastAPI's: https://fastapi.tiangolo.com/how-to/extending-openapi/
"""


def have_built_anew(tx: Transaction, obj: Any) -> None:
    """Have an application build anew what it had made of its handlers, its middleware and its routes."""
    if not is_plain_instance(obj):
        return
    state = state_of(obj)
    for (module, name), attributes in _BUILT.items():
        if any(base.__name__ == name and attribute(base, "__module__") == module for base in family_of(obj)):
            for each in attributes:
                if state.get(each) is not None:
                    tx.set_item(state, each, None)
