"""Warps in words: what parameters a family has, and parameters as they are typed."""

from typing import Any

from ml.warps.table import FAMILIES
from ml.warps.warp import Parameter, Warp, WarpError

_LARGEST, _MOST = 1e9, 64  # a number, and how many of them a series has
_OF = {"short": "short side", "long": "long side", "diagonal": "half the diagonal", None: None}


def description(name: str) -> dict[str, Any]:
    """A family with its parameters as plain values.

    `range` is what is drawn at random, not what is possible. Where `of` says so, range and default
    are multiples of it; what is typed is always in `unit`.
    """
    family = FAMILIES[name]
    summary = (family.__doc__ or "").split("\n\n")[0]
    return {
        "effect": name,
        "summary": " ".join(summary.split()),
        "parameters": [_described(key, told) for key, told in family.parameters().items()],
    }


def parse(name: str, typed: list[str]) -> dict[str, Any]:
    """Parameters of a family out of `key=value` texts; points and vectors are written `x,y`.

    Raises WarpError for an unknown key or a value of another shape.
    """
    known = FAMILIES[name].parameters()
    values = {}
    for text in typed:
        key, equals, value = text.partition("=")
        if not equals or key not in known:
            raise WarpError(f"{name} has no parameter {text!r}; it has {', '.join(known)}")
        values[key] = _value(name, key, known[key], value)
    return values


def from_json(name: str, given: dict[str, Any]) -> Warp:
    """The warp of a family with parameters as `as_json` gives them, from whomever they come.

    Raises WarpError, in words, for an unknown family or key, a value of another shape, one that is
    missing, and what folds the picture.
    """
    family = FAMILIES.get(name)
    if family is None:
        raise WarpError(f"no effect is called {name!r}; there are {', '.join(FAMILIES)}")
    known = family.parameters()
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
    for key, value in values.items():
        if key not in known or not _fits(known[key].shape, value):
            raise WarpError(f"{name}: “{key}” is no parameter, or has a value of another shape")
    try:
        return family(**values)
    except TypeError:
        raise WarpError(f"{name} needs {', '.join(known)}") from None


def _fits(shape: str, value: Any) -> bool:
    if shape == "choice":
        return isinstance(value, str)
    numbers = value if isinstance(value, tuple) else (value,)
    if len(numbers) > _MOST or not all(
        type(each) in (int, float) and abs(each) < _LARGEST for each in numbers
    ):
        return False
    if shape == "number":
        return not isinstance(value, tuple)
    return isinstance(value, tuple) and (shape == "series" or len(value) == 2)


def _value(name: str, key: str, told: Parameter, text: str) -> Any:
    if told.shape == "choice":
        return text
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    count = {"number": 1, "series": len(numbers) or 1}.get(told.shape, 2)
    if len(numbers) != count:
        shape = {"number": "a number", "series": "numbers with commas"}.get(told.shape, "x,y")
        raise WarpError(f"{name}: {key} is written as {shape}, not {text!r}")
    return numbers[0] if told.shape == "number" else numbers


def _described(key: str, told: Parameter) -> dict[str, Any]:
    line: dict[str, Any] = {"name": key, "type": told.shape, "unit": told.unit or None}
    if told.shape == "choice":
        return line | {"range": list(told.choices), "default": told.default}
    if told.shape == "size":
        return line | {"range": None, "default": "the picture's"}
    default = list(told.default) if isinstance(told.default, tuple) else told.default
    of = "width and height" if told.shape == "position" else _OF[told.of]
    return line | {"range": [told.lo, told.hi], "default": default, "of": of}
