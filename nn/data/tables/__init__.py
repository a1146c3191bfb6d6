"""Tables: the text of a file, its columns, and the examples that are made of them."""
