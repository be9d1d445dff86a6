"""How the pages are built; `tox -e docs` does it."""

from __future__ import annotations

import autoreload_hooks

project = "autoreload_hooks"
author = "the autoreload_hooks developers"
copyright = "2026, the autoreload_hooks developers"
release = version = autoreload_hooks.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
nitpicky = False

html_theme = "alabaster"
html_theme_options = {"description": "Edited code is live in the next cell", "page_width": "1100px"}
