"""The commands of the documents: a site, a page to play with, the notebooks in the browser."""

import argparse
import os
import sys
from pathlib import Path

from docs import lite, playground, site
from docs.browser import BuildError

COMMANDS = {
    "site": (site.build, "course, reference, gallery and documents as pages"),
    "playground": (playground.build, "type a formula, see its graph and its player: Python in the browser"),
    "lite": (lite.build, "the notebooks in JupyterLite"),
}
NEEDS = "python -m docs needs what `.venv/bin/pip install -e '.[docs]'` brings: no module"


def main() -> int:
    """Build what is asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, about) in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about)
        where = Path("build") / name
        command.add_argument("folder", nargs="?", type=Path, default=where, help=f"default: {where}")
    asked = parser.parse_args()
    os.environ["COLUMNS"] = "100"  # the width at which the reference shows the help of the command line
    try:
        page = COMMANDS[asked.command][0](asked.folder)
    except ModuleNotFoundError as error:
        print(f"{NEEDS} {str(error.name).split('.')[0]}", file=sys.stderr)
    except (OSError, BuildError) as error:
        print(f"docs {asked.command}: {error}", file=sys.stderr)
    else:
        print(f"{page}\nserve it: python -m http.server --bind 127.0.0.1 --directory {asked.folder}")
        return 0
    return 2


if __name__ == "__main__":
    sys.exit(main())
