"""How Sphinx makes the site: `docs.site` puts together what it reads."""

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

project = "glassgrad"
project_copyright = "glassgrad, MIT licence"
html_title = "glassgrad"
root_doc = "docs/index"
extensions = ["myst_nb"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # cells of a notebook begin with headings of the third level
nb_execution_mode = "off"  # the outputs that are kept in the notebooks are shown
python_use_unqualified_type_names = True
add_module_names = True

html_theme = "furo"
html_static_path = ["assets/site.css"]
html_css_files = ["site.css"]
html_favicon = "assets/favicon.svg"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False


def inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(convert(node.astext(), display="block"))
    raise nodes.SkipNode


def setup(app: Any) -> None:
    # MathML, which browsers draw by themselves: MathJax would come from another host.
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
