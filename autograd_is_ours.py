"""Refuse, in one line, to work on another distribution's package `autograd`.

The well-known distribution autograd installs a package of that name too. Whichever is installed later
overwrites `autograd/__init__.py` without a word, and taking either away takes that file from both. Imported
first by `nn` and `viz`, and so by `glassgrad`; it cannot lie in what is overwritten.
"""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"the package autograd in {next(iter(autograd.__path__))} is not glassgrad's, but another "
        "distribution's or what is left of one; give glassgrad an environment of its own: in its folder, "
        "python3 -m venv .venv && .venv/bin/pip install -e .",
        name="autograd",
    )
