"""Frozen: dictionaries and lists that can be read and compared as any other, and that say why they cannot change.

They are dictionaries and lists, so that they print, compare and become JSON as those do. A value that is hashed,
as an image's configuration is, would otherwise change under its id, and under every image that shares it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeVar

Value = TypeVar("Value")


class ReadOnly(dict[str, Value]):
    """A dictionary that cannot be written; `refusal` is what TypeError then says.

    >>> ReadOnly({"a": 1}, "layers are read-only")["a"] = 2
    Traceback (most recent call last):
    TypeError: layers are read-only
    """

    __slots__ = ("_refusal",)

    def __init__(self, items: Mapping[str, Value], refusal: str) -> None:
        super().__init__(items)
        self._refusal = refusal

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(self._refusal)

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    # A value that cannot change needs no copy.
    def __copy__(self) -> "ReadOnly[Value]":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "ReadOnly[Value]":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # pickle fills a dictionary by `__setitem__`, which is refused here, so it gets the items as an argument.
        return ReadOnly, (dict(self), self._refusal)


class ReadOnlyList(list[Value]):
    """A list that cannot be written; `refusal` is what TypeError then says.

    >>> words = ReadOnlyList(["sh", "-c"], "images are read-only")
    >>> words == ["sh", "-c"], words
    (True, ['sh', '-c'])
    >>> words.append("ls")
    Traceback (most recent call last):
    TypeError: images are read-only
    """

    __slots__ = ("_refusal",)

    def __init__(self, items: Iterable[Value], refusal: str) -> None:
        super().__init__(items)
        self._refusal = refusal

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(self._refusal)

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = remove = pop = clear = sort = reverse = _refuse

    def __copy__(self) -> "ReadOnlyList[Value]":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "ReadOnlyList[Value]":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return ReadOnlyList, (list(self), self._refusal)


def frozen(value: Any, refusal: str) -> Any:
    """Return JSON as a value that cannot be written, down to its last list. What is frozen already is not copied.

    >>> frozen({"Cmd": ["sh"]}, "images are read-only")["Cmd"].clear()
    Traceback (most recent call last):
    TypeError: images are read-only
    """
    if isinstance(value, ReadOnly | ReadOnlyList):
        return value
    if isinstance(value, Mapping):
        return ReadOnly({key: frozen(inner, refusal) for key, inner in value.items()}, refusal)
    if isinstance(value, list | tuple):
        return ReadOnlyList((frozen(inner, refusal) for inner in value), refusal)
    return value
