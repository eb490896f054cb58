"""Our OpenAPI document, read as a client's code generator would: through references, unions and lists."""

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


class Described:
    """An OpenAPI document."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._operations = {
            (method.upper(), re.sub(r"\{[^}]*\}", "{}", path)): Operation(self, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    def operation(self, method: str, shape: str) -> "Operation | None":
        """The operation at a path with ``{}`` for placeholders."""
        return self._operations.get((method, shape))

    def addresses(self) -> list[tuple[str, str]]:
        """Method and path of all of them, as they are written here."""
        paths = self._document["paths"].items()
        return [(method.upper(), path) for path, methods in paths for method in methods]

    def operations(self) -> Iterator["Operation"]:
        """All of them."""
        return iter(self._operations.values())

    @property
    def webhooks(self) -> dict[str, Schema]:
        """What we send, by type."""
        return {kind: methods["post"] for kind, methods in self._document["webhooks"].items()}

    def branches(self, schema: Schema) -> Iterator[Schema]:
        """What a value may look like: references followed, unions and intersections taken apart."""
        if "$ref" in schema:
            target: Schema = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            yield from self.branches(target)
        yield schema
        for kind in ("anyOf", "oneOf", "allOf"):
            for branch in schema.get(kind, ()):
                yield from self.branches(branch)

    def at(self, schema: Schema, path: str) -> list[Schema]:
        """Schemas of a field such as ``data[].scores.final_score``; none if there is no such field."""
        found = [schema]
        for step in filter(None, re.split(r"\.|(\[\])", path)):
            branches = [branch for one in found for branch in self.branches(one)]
            if step == "[]":
                found = [branch["items"] for branch in branches if "items" in branch]
            else:
                found = [
                    branch["properties"][step] for branch in branches if step in branch.get("properties", {})
                ]
        return found

    def values(self, schema: Schema) -> set[Any]:
        """What an enumeration allows."""
        found: set[Any] = set()
        for branch in self.branches(schema):
            found.update(branch.get("enum", ()))
            if "const" in branch:
                found.add(branch["const"])
        return found

    def limit(self, schema: Schema, name: str) -> Any:
        """``minimum``, ``maxLength``, ``default`` … of a field, ``None`` if it has none."""
        return next((branch[name] for branch in self.branches(schema) if name in branch), None)


class Operation:
    """One operation."""

    def __init__(self, described: Described, operation: Schema) -> None:
        self._described = described
        self._operation = operation

    @property
    def needs_key(self) -> bool:
        """Whether it asks for an API key."""
        return bool(self._operation.get("security"))

    @property
    def tag(self) -> str:
        """What it is about."""
        return str(self._operation["tags"][0])

    @property
    def query(self) -> dict[str, Schema]:
        """Parameters of the query, with ``required`` beside what their schema says."""
        parameters = self._operation.get("parameters", ())
        return {
            each["name"]: {**each["schema"], "required": each.get("required", False)}
            for each in parameters
            if each["in"] == "query"
        }

    @property
    def bodies(self) -> list[Schema]:
        """Schemas of what it takes that have fields, in whichever media type."""
        content = self._operation.get("requestBody", {}).get("content", {})
        return [self._resolved(each["schema"]) for each in content.values() if "schema" in each]

    def answers(self) -> dict[str, Schema]:
        """What a success holds, by media type."""
        return {
            media_type: content
            for status, answer in self._operation["responses"].items()
            if status.startswith("2")
            for media_type, content in answer.get("content", {}).items()
        }

    def codes(self) -> dict[str, int]:
        """Codes of declared refusals, with their status."""
        return {
            code: int(status)
            for status, answer in self._operation["responses"].items()
            if status >= "400"
            for code in answer["content"]["application/json"]["examples"]
        }

    def _resolved(self, schema: Schema) -> Schema:
        branches = list(self._described.branches(schema))
        return next((branch for branch in branches if "properties" in branch), branches[0])
