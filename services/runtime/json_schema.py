"""JSON Schema (draft 2020-12), fast where the answer is yes.

Nearly every document that a service checks fits. So a schema becomes functions that know the commonest keywords and
only ever say "surely fits"; of everything else, unknown keywords included, the library decides, and names the errors.
It is imported when it is first needed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

Fits = Callable[[Any], bool]
"""Whether a document surely fits."""
Formats = Mapping[str, Fits]
"""What a `format` means; one that is not named is only a note."""
_NOTES = frozenset({"$schema", "$id", "$comment", "title", "description", "default", "examples"})
_TYPES: Mapping[str, Fits] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}


class UnknownKeywordError(Exception):
    """A schema says something that only the library knows."""


class Form:
    """A schema that documents are held against."""

    def __init__(self, schema: Mapping[str, Any], formats: Formats | None = None) -> None:
        """`schema` is known to be one. Nothing is ever fetched for a $ref."""
        self._schema, self._formats = schema, formats or {}
        self._exact: Draft202012Validator | None = None
        try:
            self._surely_fits = _compiled(schema, self._formats)
        except UnknownKeywordError:
            self._surely_fits = lambda _document: False

    def fits(self, document: object) -> bool:
        """Whether a document fits. Raises `referencing.exceptions.Unresolvable` for a $ref that leads nowhere."""
        return self._surely_fits(document) or self.exact().is_valid(document)

    def errors(self, document: object) -> "Iterator[ValidationError]":
        """What is wrong with a document."""
        return iter(()) if self._surely_fits(document) else self.exact().iter_errors(document)

    def exact(self) -> "Draft202012Validator":
        """The library's validator."""
        if self._exact is None:
            from jsonschema import Draft202012Validator, FormatChecker
            from referencing import Registry

            checker = FormatChecker(formats=())
            for name, fits in self._formats.items():
                checker.checks(name)(fits)
            self._exact = Draft202012Validator(self._schema, registry=Registry(), format_checker=checker)
        return self._exact


def _compiled(schema: Any, formats: Formats) -> Fits:
    """Raises UnknownKeywordError."""
    if not isinstance(schema, Mapping):
        raise UnknownKeywordError
    parts = [
        part
        for keyword, value in schema.items()
        if keyword not in _NOTES and (part := _part(keyword, value, schema, formats)) is not None
    ]
    if len(parts) == 1:
        return parts[0]
    return lambda document: all(part(document) for part in parts)


def _part(keyword: str, value: Any, schema: Mapping[str, Any], formats: Formats) -> Fits | None:
    """What one keyword asks for; None when it asks for nothing."""
    if keyword == "format":
        return formats.get(value)
    if keyword in ("properties", "required", "additionalProperties"):
        first = next(key for key in schema if key in ("properties", "required", "additionalProperties"))
        return _members(schema, formats) if keyword == first else None
    if keyword == "items":
        item = _compiled(value, formats)
        return lambda document: not isinstance(document, list) or all(item(each) for each in document)
    if keyword not in _SIMPLE:
        raise UnknownKeywordError
    return _SIMPLE[keyword](value)


def _members(schema: Mapping[str, Any], formats: Formats) -> Fits:
    known = {name: _compiled(part, formats) for name, part in schema.get("properties", {}).items()}
    needed, others = frozenset(schema.get("required", ())), schema.get("additionalProperties", True)
    if not isinstance(others, bool):
        raise UnknownKeywordError

    def fits(document: Any) -> bool:
        if not isinstance(document, dict):
            return True
        if not needed <= document.keys():
            return False
        for name, value in document.items():
            part = known.get(name)
            if not (others if part is None else part(value)):
                return False
        return True

    return fits


def _type(names: str | list[str]) -> Fits:
    if isinstance(names, str):
        return _TYPES[names]
    each = [_TYPES[name] for name in names]
    return lambda value: any(one(value) for one in each)


def _enum(values: list[Any]) -> Fits:
    texts, has_null = frozenset(value for value in values if isinstance(value, str)), None in values
    return lambda value: value in texts if isinstance(value, str) else value is None and has_null


def _pattern(pattern: str) -> Fits:
    found = re.compile(pattern).search
    return lambda value: not isinstance(value, str) or found(value) is not None


def _unique(asked: bool) -> Fits:
    def fits(value: Any) -> bool:
        if not asked or not isinstance(value, list):
            return True
        return all(isinstance(each, str) for each in value) and len(set(value)) == len(value)

    return fits


def _counted(kind: type, fits: Callable[[int, Any], bool]) -> Callable[[Any], Fits]:
    return lambda most: lambda value: not isinstance(value, kind) or fits(len(cast(Any, value)), most)


def _measured(fits: Callable[[Any, Any], bool]) -> Callable[[Any], Fits]:
    number = _TYPES["number"]
    return lambda limit: lambda value: not number(value) or fits(value, limit)


_SIMPLE: Mapping[str, Callable[[Any], Fits]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda value: _enum([value]),
    "pattern": _pattern,
    "uniqueItems": _unique,
    "minLength": _counted(str, lambda length, least: length >= least),
    "maxLength": _counted(str, lambda length, most: length <= most),
    "minItems": _counted(list, lambda length, least: length >= least),
    "maxItems": _counted(list, lambda length, most: length <= most),
    "minProperties": _counted(dict, lambda length, least: length >= least),
    "maxProperties": _counted(dict, lambda length, most: length <= most),
    "minimum": _measured(lambda value, least: value >= least),
    "maximum": _measured(lambda value, most: value <= most),
}
