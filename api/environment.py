"""Settings from the environment that tell what is wrong with them by the variables' names."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from api.misset import Misset

_WORDED: Final = {
    "int_parsing": "{given} is no whole number",
    "int_from_float": "{given} is no whole number",
    "float_parsing": "{given} is no number",
    "bool_parsing": "{given} is neither true nor false",
    "greater_than_equal": "{given} is less than {ge}",
    "greater_than": "{given} is not greater than {gt}",
    "less_than_equal": "{given} is greater than {le}",
    "string_pattern_mismatch": "{given} does not match {pattern}",
    "value_error": "{error}",
}


class FromEnvironment(BaseSettings):
    """The base of all settings. Raises Misset for the first value that cannot be used."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise self._misset(error.errors()[0]) from None

    @classmethod
    def _misset(cls, detail: ErrorDetails) -> Misset:
        name = str(detail["loc"][0])
        field = cls.model_fields.get(name)
        variable = f"{cls.model_config.get('env_prefix', '')}{name}".upper() if field else name
        template = _WORDED.get(detail["type"])
        what = (
            template.format(given=repr(detail["input"]), **detail.get("ctx", {}))
            if template
            else detail["msg"]
        )
        return Misset(variable, f"{what}. {(field and field.description) or ''}".strip())
