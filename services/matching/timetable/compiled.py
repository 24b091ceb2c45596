"""Compiling plain loops over flat arrays: the same code is eighty times slower as Python."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

Given = ParamSpec("Given")
Made = TypeVar("Made")


def compiled(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Compile at the first call and keep the result beside the source, or nowhere if nothing may be written."""
    try:
        return cast("Callable[Given, Made]", numba.njit(cache=True)(function))
    except RuntimeError:
        return cast("Callable[Given, Made]", numba.njit(function))
