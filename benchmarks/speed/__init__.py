"""How fast: the engine, the compiler, the drawings and the tables, each beside a named rival."""
