"""Doctests see the public names, as a learner who has imported them does."""

from typing import Any

import pytest

import layerlab


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace.update({name: getattr(layerlab, name) for name in layerlab.__all__})
    doctest_namespace["ll"] = layerlab
