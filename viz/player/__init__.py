"""The story on one page, step by step; its script and style are in assets."""
