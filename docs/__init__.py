"""The documents, and the commands that make a site of them: `python -m docs --help`."""
