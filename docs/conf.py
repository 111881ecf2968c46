"""How the documentation is built: `sphinx-build -W --keep-going docs build/docs`."""

import sys
from pathlib import Path

import il2calc

sys.path.insert(0, str(Path(__file__).parent))

project = "il2calc"
author = "The il2calc maintainers"
version = release = il2calc.__version__

extensions = [
    "myst_parser",  # pages in Markdown, as the README is
    "sphinx.ext.autodoc",  # the Python API from its docstrings
    "sphinx.ext.napoleon",  # docstrings with Args and Raises
    "generated",  # what no page says by hand
]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
smartquotes = False  # quotes in tables of keys are to be typed as they stand
toc_object_entries = False  # every type has a heading of its own
default_role = "code"  # docstrings put names between single backticks
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"il2calc {version}"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
