"""`python -m glassgrad` is the command `glassgrad`."""

from glassgrad import main

raise SystemExit(main())
