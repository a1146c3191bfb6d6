"""Build the gallery: python -m docs.gallery [FOLDER]."""

from __future__ import annotations

import sys
from pathlib import Path

from docs.gallery.build import build

HERE = Path(__file__).parent

if __name__ == "__main__":
    index = build(Path(sys.argv[1]) if sys.argv[1:] else HERE)
    print(f"open {index} in a browser")
