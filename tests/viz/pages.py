"""What the tests of the player's page do with it."""

import base64
import gzip
import json
import re
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


def unpacked(html: str) -> Any:
    """Return the story that a page holds; a number that JSON lacks is none of it."""
    packed = re.search(r'id="story">(.*?)</script>', html, re.DOTALL)

    def refuse(constant: str) -> None:
        raise ValueError(f"JSON has no {constant}")

    assert packed is not None
    return json.loads(gzip.decompress(base64.b64decode(packed[1])), parse_constant=refuse)
