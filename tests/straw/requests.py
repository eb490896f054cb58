"""Which requests a test file makes, read from its syntax: paths as literals, or calls of the client."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_VERBS = {"get", "post", "put", "patch", "delete"}
_LINE = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (/api/[^\s?]+)", re.MULTILINE)
_HELPERS = ("deploy/embedded/joust_embedded/bounty/client.py", "tests/support/arena.py")
"""Whose functions stand for the requests that they make; each may call those before it."""


class Made(NamedTuple):
    """A request, with ``{}`` for what is known only at run time; its path may begin with that."""

    method: str
    path: str


Deeds = dict[str, frozenset[Made]]
"""Requests by the name of the function that makes them."""


def requests_of(file: Path, deeds: Deeds) -> set[Made]:
    """All requests of a Python file or a guide."""
    text = file.read_text()
    if file.suffix == ".md":
        return {Made(method, re.sub(r"\{\{.*?\}\}", "{}", path)) for method, path in _LINE.findall(text)}
    tree = ast.parse(text)
    texts = _constants(_globals(tree))
    made = set(_requests(tree, texts, deeds))
    for function in (node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)):
        made.update(_requests(function, _constants(function, texts), deeds))
    return made


def deeds_of_helpers() -> Deeds:
    """What the functions of the client and the arena ask for."""
    deeds: Deeds = {}
    for name in _HELPERS:
        tree = ast.parse((ROOT / name).read_text())
        texts = _constants(_globals(tree))
        for function in (node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)):
            if function.name not in _VERBS:
                deeds[function.name] = frozenset(_requests(function, _constants(function, texts), deeds))
    return deeds


def _globals(tree: ast.Module) -> ast.Module:
    return ast.Module([node for node in tree.body if isinstance(node, ast.Assign)], [])


def _constants(scope: ast.AST, known: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Texts by the name that they were given in a module or a function."""
    texts = dict(known)
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and (text := _text(node.value, texts)) is not None:
            texts |= {target.id: text for target in node.targets if isinstance(target, ast.Name)}
    return texts


def _requests(tree: ast.AST, constants: dict[str, str], deeds: Deeds) -> Iterator[Made]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and (line := _LINE.match(node.value))
        ):
            yield Made(line[1], re.sub(r":\w+|\{\w+\}", "{}", line[2]))
        elif isinstance(node, ast.Call) and (name := _name(node.func)):
            texts = [_text(argument, constants) for argument in node.args[:2]]
            if name in _VERBS and texts:
                yield from _made(name.upper(), texts[0])
            elif len(texts) == 2 and texts[0] is not None and texts[0].lower() in _VERBS:
                yield from _made(texts[0], texts[1])
            yield from deeds.get(name, ())


def _made(method: str, path: str | None) -> Iterable[Made]:
    if path is not None and path.startswith(("/api/", "{}/")):
        yield Made(method, path.partition("?")[0])


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr, constants: dict[str, str]) -> str | None:
    """A literal with ``{}`` for what is put in, ``None`` if it is none."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return constants.get(name)
        case ast.JoinedStr(values=parts):
            return "".join(_part(part, constants) for part in parts)
        case ast.BinOp(left=left, op=ast.Add()):
            return _text(left, constants)
        case _:
            return None


def _part(node: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, constants) or "{}"
    return _text(node, constants) or "{}"
