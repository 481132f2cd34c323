"""Metric math: the part of CloudWatch's language that is computed here; all else is refused by name.

"Using math expressions with CloudWatch metrics", CloudWatch user guide.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local_aws.traffic.metrics.unknown import UnknownMetricError

# A time series: values by the number of their period, those without a value left out.
Points = Mapping[int, float]
Value = float | Points | tuple[Points, ...]
Two = Callable[[float, float], float]

# Operators that Python writes otherwise, outside of texts.
_WORDS = ((r"&&", " and "), (r"\|\|", " or "), (r"\^", "**"), (r"\bAND\b", " and "), (r"\bOR\b", " or "))
_TEXT = re.compile(r"('[^']*'|\"[^\"]*\")")
_OPERATORS: Mapping[type[ast.AST], Two] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda a, b: float(a**b),
    ast.Lt: lambda a, b: float(a < b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Gt: lambda a, b: float(a > b),
    ast.GtE: lambda a, b: float(a >= b),
    ast.Eq: lambda a, b: float(a == b),
    ast.NotEq: lambda a, b: float(a != b),
    ast.And: lambda a, b: float(bool(a) and bool(b)),
    ast.Or: lambda a, b: float(bool(a) or bool(b)),
}
_REDUCING: Mapping[str, Callable[[list[float]], float]] = {
    "AVG": lambda found: sum(found) / len(found),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}
_REPEAT = "REPEAT"


def parsed(expression: str) -> ast.expr:
    """The tree of an expression. Raises UnknownMetricError."""
    parts = _TEXT.split(expression)
    for at in range(0, len(parts), 2):
        for word, python in _WORDS:
            parts[at] = re.sub(word, python, parts[at])
    try:
        return ast.parse("".join(parts).strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise UnknownMetricError(f"metric math {expression!r}") from None


@dataclass(frozen=True)
class Math:
    """Evaluates expressions over `periods`.

    `find` gives the value of an id, or raises UnknownMetricError; `metrics` are the series of METRICS() by id.
    """

    periods: range
    find: Callable[[str], Value]
    metrics: Mapping[str, Points]

    def value(self, tree: ast.expr) -> Value:
        """The value of an expression's tree. Raises UnknownMetricError."""
        match tree:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return self.find(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _pairwise(operator.mul, -1.0, self.value(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _pairwise(_OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
                return _pairwise(_OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.BoolOp(op=op, values=[first, *others]):
                found = self.value(first)
                for each in others:
                    found = _pairwise(_OPERATORS[type(op)], found, self.value(each))
                return found
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
                return self._called(name, given)
        raise UnknownMetricError(f"metric math {ast.unparse(tree)!r}")

    def _called(self, name: str, given: list[ast.expr]) -> Value:
        match name, given:
            case "METRICS", []:
                return tuple(self.metrics.values())
            case "METRICS", [ast.Constant(value=str() as part)]:
                return tuple(points for id_, points in self.metrics.items() if part in id_)
            case (("AVG" | "MAX" | "MIN" | "SUM"), [one]):
                return self._reduced(_REDUCING[name], self.value(one))
            case "FILL", [series, filling]:
                return self._filled(self.value(series), filling)
            case "IF", [condition, *results] if len(results) in (1, 2):
                return self._chosen(self.value(condition), [self.value(each) for each in results])
        raise UnknownMetricError(f"metric math {name}() with {len(given)} arguments")

    def _reduced(self, how: Callable[[list[float]], float], value: Value) -> Value:
        """A series of many series, period by period; a number of one series, over all of its points."""
        if isinstance(value, float):
            return value
        if isinstance(value, tuple):
            by_period = {at: [each[at] for each in value if at in each] for at in self.periods}
            return {at: how(found) for at, found in by_period.items() if found}
        if not value:
            return {}
        return how(list(value.values()))

    def _filled(self, value: Value, filling: ast.expr) -> Value:
        if isinstance(value, float):
            raise UnknownMetricError("metric math FILL() of a number")
        if isinstance(value, tuple):
            return tuple(self._fill(each, filling) for each in value)
        return self._fill(value, filling)

    def _fill(self, points: Points, filling: ast.expr) -> Points:
        if isinstance(filling, ast.Name) and filling.id == _REPEAT:
            return dict(_repeated(points, self.periods))
        other = self.value(filling)
        if not isinstance(other, float):
            raise UnknownMetricError(f"metric math FILL() with {ast.unparse(filling)}")
        return {at: points.get(at, other) for at in self.periods}

    def _chosen(self, condition: Value, results: list[Value]) -> Value:
        """IF(condition, then) or IF(condition, then, else), point by point where the condition is a series."""
        if any(isinstance(each, tuple) for each in (condition, *results)):
            raise UnknownMetricError("metric math IF() over METRICS()")
        if isinstance(condition, float):
            return results[0] if condition else results[1] if len(results) == 2 else {}
        assert not isinstance(condition, tuple)
        found = {}
        for at, holds in condition.items():
            chosen = results[0] if holds else results[1] if len(results) == 2 else {}
            if isinstance(chosen, float):
                found[at] = chosen
            elif not isinstance(chosen, tuple) and at in chosen:
                found[at] = chosen[at]
        return found


def _pairwise(how: Two, left: Value, right: Value) -> Value:
    """An operator between numbers, series and arrays of series. A point needs a value on both sides."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        raise UnknownMetricError("metric math between two arrays of metrics")
    if isinstance(left, tuple):
        return tuple(_series(_pairwise(how, each, right)) for each in left)
    if isinstance(right, tuple):
        return tuple(_series(_pairwise(how, left, each)) for each in right)
    if isinstance(left, float) and isinstance(right, float):
        return {} if (found := _one(how, left, right)) is None else found
    if isinstance(left, float):
        assert not isinstance(right, float)
        return _kept((at, _one(how, left, value)) for at, value in right.items())
    if isinstance(right, float):
        return _kept((at, _one(how, value, right)) for at, value in left.items())
    return _kept((at, _one(how, value, right[at])) for at, value in left.items() if at in right)


def _series(value: Value) -> Points:
    return {} if isinstance(value, float | tuple) else value


def _kept(points: Iterable[tuple[int, float | None]]) -> Points:
    return {at: value for at, value in points if value is not None}


def _one(how: Two, left: float, right: float) -> float | None:
    """One value; a division by zero gives none."""
    try:
        return float(how(left, right))
    except (ZeroDivisionError, OverflowError, TypeError, ValueError):
        return None


def _repeated(points: Points, periods: range) -> Iterable[tuple[int, float]]:
    last = None
    for at in periods:
        last = points.get(at, last)
        if last is not None:
            yield at, last
