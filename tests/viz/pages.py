"""What the tests of the player's page do with it."""

from typing import Any


def press(page: Any, *keys: str) -> None:
    """Press keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def text(page: Any, selector: str) -> str:
    """Return the text of the one element that is selected."""
    return str(page.locator(selector).text_content())


def texts(page: Any, selector: str) -> list[str]:
    """Return the texts of all elements that are selected."""
    return [str(content) for content in page.locator(selector).all_text_contents()]
