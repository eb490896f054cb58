"""Finds what in a changed JSON Schema would break a reader of the old one.

A reader of version n was written against the committed schema. It survives new optional or required
fields (it ignores what it does not know); it breaks when a field goes away, may be missing or null
where it could not be, changes its type or format, or takes a value that was not listed.
"""

from collections.abc import Iterator
from typing import Any

JsonSchema = dict[str, Any]


def breaking_changes(old: JsonSchema, new: JsonSchema) -> list[str]:
    """Name each change from ``old`` to ``new`` that would break a consumer; empty if there is none."""
    return list(_compare(old, new, old, new, path="", seen=set()))


def _compare(
    old: JsonSchema, new: JsonSchema, old_root: JsonSchema, new_root: JsonSchema, path: str, seen: set[str]
) -> Iterator[str]:
    where = path or "the event"
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    if path.count(".") > 20 or (marker := f"{path}:{old.get('title')}") in seen:
        return
    seen.add(marker)
    yield from _compare_alternatives(old, new, where)
    for keyword in ("type", "format", "const", "pattern"):
        if keyword in old and old[keyword] != new.get(keyword):
            yield f"{where}: {keyword} was {old[keyword]!r} and is {new.get(keyword)!r}"
    if "enum" in old and (added := [value for value in new.get("enum", []) if value not in old["enum"]]):
        yield f"{where}: may now be {added}, which the committed version does not list"
    for name, old_field in old.get("properties", {}).items():
        field_path = f"{path}.{name}" if path else name
        if name not in new.get("properties", {}):
            yield f"{field_path}: the field is gone"
            continue
        if name in old.get("required", []) and name not in new.get("required", []):
            yield f"{field_path}: was always there and may now be missing"
        yield from _compare(old_field, new["properties"][name], old_root, new_root, field_path, seen)
    for keyword in ("items", "additionalProperties"):
        if isinstance(old.get(keyword), dict) and isinstance(new.get(keyword), dict):
            yield from _compare(old[keyword], new[keyword], old_root, new_root, f"{where}[]", seen)


def _compare_alternatives(old: JsonSchema, new: JsonSchema, where: str) -> Iterator[str]:
    old_kinds, new_kinds = _kinds(old), _kinds(new)
    if old_kinds and (added := new_kinds - old_kinds):
        yield f"{where}: may now be {', '.join(sorted(added))}"


def _kinds(schema: JsonSchema) -> set[str]:
    """The JSON types a schema allows, with references by name."""
    if "anyOf" in schema:
        return set().union(*(_kinds(option) for option in schema["anyOf"]))
    if "$ref" in schema:
        return {str(schema["$ref"]).rsplit("/", 1)[-1]}
    kind = schema.get("type")
    return {str(kind)} if kind else set()


def _resolve(schema: JsonSchema, root: JsonSchema) -> JsonSchema:
    """Follow a reference, and look through ``anyOf [X, null]`` at X."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    if len(options) == 1:
        resolved = dict(_resolve(options[0], root))
        resolved["anyOf"] = schema["anyOf"]
        return resolved
    return schema
