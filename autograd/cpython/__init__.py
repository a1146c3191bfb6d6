"""What is done for the interpreter's sake alone: recorders written out, deep graphs freed."""
