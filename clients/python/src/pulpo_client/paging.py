"""Lists that come in pages."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


def all_pages(method: Callable[[Q], A], request: Q) -> Iterator[A]:
    """Every answer of a list, from where the request begins to its end; the request is not changed."""
    asked: Any = type(request)()
    asked.CopyFrom(request)
    while True:
        page: Any = method(asked)
        yield page
        if not page.next_page_token:
            return
        asked.page_token = page.next_page_token
