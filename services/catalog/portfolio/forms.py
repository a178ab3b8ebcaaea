"""JSON Schema as the library judges it: is a form sound, and do filled-in data fit it.

Beside the database this is the one place of the area that is not our own rule, so it is kept apart
from the domain. The domain has looked through a schema before the library sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

import orjson
from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import ValidationError

from services.catalog.portfolio.domain.forms import FORMATS, MAX_FAULTS, Fault, form_faults
from services.catalog.portfolio.domain.patterns import MAX_MATCHED_CHARS
from shared.problems import pointer

MAX_SCHEMA_BYTES: Final = 32 * 1024
MAX_FORM_BYTES: Final = 64 * 1024
MAX_FORM_VALUES: Final = 1000
_MAX_DETAIL_CHARS: Final = 300
_FORMATS: Final = FormatChecker(formats=sorted(FORMATS - {"date-time"}))


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _pattern(
    validator: Draft202012Validator, pattern: str, instance: object, schema: Mapping[str, Any]
) -> Iterable[ValidationError]:
    """Match only texts that are short enough for every pattern that a form may have."""
    if isinstance(instance, str) and len(instance) > MAX_MATCHED_CHARS:
        yield ValidationError(f"has more than {MAX_MATCHED_CHARS} characters to match a pattern")
    else:
        yield from Draft202012Validator.VALIDATORS["pattern"](validator, pattern, instance, schema)


_Form: Final[type[Draft202012Validator]] = validators.extend(  # type: ignore[no-untyped-call]  # the library's
    Draft202012Validator, {"pattern": _pattern}, format_checker=_FORMATS
)
_Dialect: Final = Draft202012Validator(Draft202012Validator.META_SCHEMA)


def schema_faults(schema: Mapping[str, Any]) -> list[Fault]:
    """Return what keeps a schema from being the form of a request item; none if it can be one."""
    size = len(orjson.dumps(schema))
    if size > MAX_SCHEMA_BYTES:
        return [Fault("", f"has {size} bytes as JSON; {MAX_SCHEMA_BYTES} are allowed")]
    faults = form_faults(schema)
    return faults or _faults(_Dialect.iter_errors(schema))


def data_faults(schema: Mapping[str, Any], filled_in: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with a form as somebody filled it in; none if it can be sent.

    ``schema`` was found to be without faults when its request item was written.
    """
    if len(orjson.dumps(filled_in)) > MAX_FORM_BYTES:
        return [Fault("", f"a form has at most {MAX_FORM_BYTES} bytes as JSON")]
    if sum(1 for _ in islice(_values(filled_in), MAX_FORM_VALUES + 1)) > MAX_FORM_VALUES:
        return [Fault("", f"a form has at most {MAX_FORM_VALUES} values")]
    return _faults(_Form(schema, format_checker=_FORMATS).iter_errors(filled_in))


def _faults(errors: Iterable[ValidationError]) -> list[Fault]:
    return [
        Fault(pointer(error.absolute_path), error.message[:_MAX_DETAIL_CHARS])
        for error in islice(errors, MAX_FAULTS)
    ]


def _values(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _values(one)
    elif isinstance(value, list):
        for one in value:
            yield from _values(one)
