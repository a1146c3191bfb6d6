"""The command line: trace an expression, train a network, see both drawn."""

import sys

try:  # Ctrl-C while all this loads is answered in one line too
    from glassgrad.command import main
except KeyboardInterrupt:
    print("glassgrad: stopped while it was loading", file=sys.stderr)
    raise SystemExit(130) from None
except ImportError as error:  # such as another distribution's autograd in place of ours, which nn finds first
    print(f"glassgrad: {error}", file=sys.stderr)
    raise SystemExit(2) from None

__all__ = ["main"]
