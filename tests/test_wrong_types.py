"""What a public name is handed is named in one line when it has the wrong type."""

from collections.abc import Callable
from typing import Any

import pytest

import layerlab as ll

CALLS: list[tuple[Callable[..., Any], tuple[Any, ...], str]] = [
    (ll.predict, (5,), "a question's id is text, not int"),
    (ll.check, ([], print), "an exercise's id is text, not list"),
    (ll.shop, (5,), "an image's name is text, not int"),
    (ll.engine, (5,), "an address is text, not int"),
    (ll.ledger, (5,), r"ledger takes what host.usage\(\) returns, not int"),
    (ll.bench, ([],), r"no bench is called \[\]: take one of stack"),
    (ll.explain, (5,), "explain takes images, not a int"),
    (ll.diff, (5, 6), "diff takes images, not a int"),
    (ll.save, (5, "no-such-folder/x.tar"), "save takes images, not a int"),
    (ll.Bind, (5,), "Bind takes a folder of the host"),
    (ll.Host().volume, (5,), "a volume's name is text, not int"),
    (ll.Layer.of, (5,), "what Layer.of takes is a dictionary"),
]


@pytest.mark.parametrize(("call", "arguments", "words"), CALLS)
def test_a_wrong_type_is_named(call: Callable[..., Any], arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call(*arguments)
