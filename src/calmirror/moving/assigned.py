"""What a Python file assigns, read as data: not a line of it is run."""

from __future__ import annotations

import ast
import os.path
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_TEXT = 10_000
LARGEST_NUMBER = 10**9
LONGEST_FILE = 1_000_000
"""Bytes. A configuration is some hundred."""
BY_CODE = "it is computed by code, which is not run"

CALLS: dict[str, Callable[..., Any]] = {
    "Path": Path,
    "pathlib.Path": Path,
    "os.path.join": os.path.join,
    "os.path.dirname": os.path.dirname,
    "os.path.abspath": os.path.abspath,
    "os.path.expanduser": os.path.expanduser,
    "str": str,
}
"""Calls that only put texts and paths together; they do not look at any file."""
METHODS = {"resolve", "absolute", "expanduser", "as_posix"}
"""Of a path, without arguments: they lead to the same file."""
ENVIRONMENT = ("os.environ", "environ", "os.environ.get", "environ.get", "os.getenv", "getenv")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name whose value is not told by the text alone, and why."""

    reason: str


class NotPythonError(Exception):
    """The text cannot be read as Python; says why, and repeats nothing of it."""


class _UnknownError(Exception):
    pass


def assigned(text: str, file: Path) -> dict[str, Any]:
    """The value of each name at the end of the file: texts, numbers, lists, paths, or Unknown.

    Args:
        text: of a Python file.
        file: where it lies, for `__file__`.

    Raises:
        NotPythonError: the text is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes in paths
            body = ast.parse(text).body
        reader = _Reader({"__file__": str(file)})
        for statement in body:
            reader.follow(statement)
    except SyntaxError as error:
        raise NotPythonError(f"line {error.lineno or 1} is not Python") from None
    except (ValueError, RecursionError, MemoryError):
        raise NotPythonError("it cannot be read as Python") from None
    return reader.known


class _Reader:
    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known

    def follow(self, statement: ast.stmt) -> None:
        """Takes note of what one statement does to names."""
        match statement:
            case ast.Assign(targets=targets, value=value) if all(isinstance(one, ast.Name) for one in targets):
                names, found = [one.id for one in targets if isinstance(one, ast.Name)], self._value(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names, found = [name], self._value(value)
            case _:
                names, found = list(_bound(statement)), Unknown(BY_CODE)
        self.known.update(dict.fromkeys(names, found))

    def _value(self, node: ast.expr) -> Any:
        try:
            return _bounded(self._evaluated(node))
        except _UnknownError as error:
            return Unknown(str(error) or BY_CODE)

    def _evaluated(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=str() | int() | float() | bool() | None as value):
                return value
            case ast.Name(id=name):
                return self._named(name)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self._evaluated(item) for item in items]
            case ast.JoinedStr(values=parts):
                return "".join(str(self._evaluated(part)) for part in parts)
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self._evaluated(value)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._number(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return _combined(op, _bounded(self._evaluated(left)), _bounded(self._evaluated(right)))
            case ast.Attribute(value=value, attr="parent"):
                return self._path(value).parent
            case ast.Call() | ast.Subscript():
                return self._called(node)
        raise _UnknownError

    def _named(self, name: str) -> Any:
        value = self.known.get(name, Unknown(BY_CODE))
        if isinstance(value, Unknown):
            raise _UnknownError(value.reason)
        return value

    def _number(self, node: ast.expr) -> int | float:
        value = self._evaluated(node)
        if isinstance(value, int | float):
            return value
        raise _UnknownError

    def _path(self, node: ast.expr) -> Path:
        value = self._evaluated(node)
        if isinstance(value, Path):
            return value
        raise _UnknownError

    def _called(self, node: ast.Call | ast.Subscript) -> Any:
        called = ast.unparse(node.func if isinstance(node, ast.Call) else node.value)
        if called in ENVIRONMENT:
            raise _UnknownError("it is taken from an environment variable")
        if isinstance(node, ast.Subscript) or node.keywords:
            raise _UnknownError
        if called in CALLS:
            arguments = [self._evaluated(one) for one in node.args]
            if all(isinstance(one, str | Path) for one in arguments):
                return CALLS[called](*arguments)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and not node.args:
            return self._path(node.func.value)
        raise _UnknownError


def _combined(op: ast.operator, left: Any, right: Any) -> Any:
    match op, left, right:
        case ast.Add(), str(), str():
            return left + right
        case ast.Div(), Path(), str() | Path():
            return left / right
        case ast.Add(), int(), int():
            return left + right
        case ast.Sub(), int(), int():
            return left - right
        case ast.Mult(), int(), int():
            return left * right
    raise _UnknownError


def _bounded(value: Any) -> Any:
    """The value, unless it grew beyond what a configuration holds."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise _UnknownError("it is too long")
    if isinstance(value, int | float) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise _UnknownError("it is too large a number")
    return value


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Every name that a statement may give another value, whatever it does."""
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(name=name, asname=alias):
                yield alias or name.partition(".")[0]
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
