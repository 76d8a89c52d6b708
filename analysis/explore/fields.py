"""Fields of a form, each made from the JSON Schema of one parameter."""

from __future__ import annotations

import html
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import ipywidgets as widgets

# Up to so many places in a list of fixed length, each place is a list to choose from.
MAX_PLACES = 4


class Field(ABC):
    """One parameter on a form: the widget shown, and the value that stands in it.

    `inputs` are the widgets that a user changes. The value is never mended on
    the way: what the schema refuses must reach the schema.
    """

    wide = False
    # How a value is written, where the label alone would not tell.
    manner = ""

    def __init__(self, name: str, schema: Mapping[str, Any], words: Mapping[str, str]) -> None:
        self.name, self.schema, self.words = name, schema, words
        self.inputs = self._make()
        self.widget = self.inputs[0] if len(self.inputs) == 1 else self._group()

    @property
    def value(self) -> Any:
        """Value as the notebook takes it."""
        return self._read()

    def set(self, value: Any) -> None:
        """Put a value into the field."""
        self._write(value)

    @abstractmethod
    def _make(self) -> list[Any]: ...

    def _read(self) -> Any:
        return self.inputs[0].value

    def _write(self, value: Any) -> None:
        self.inputs[0].value = value

    def watch(self, changed: Callable[[Any], object]) -> None:
        """Call `changed` whenever the user changes the field."""
        for each in self.inputs:
            each.observe(changed, names="value")

    def _group(self) -> Any:
        choices = widgets.Box(self.inputs)
        choices.add_class("torkham-choices")
        return widgets.VBox([widgets.HTML(f'<p class="label">{self._label()}</p>'), choices])

    def _label(self) -> str:
        """Name of the parameter and what its schema says of it."""
        bounds = [f"{self.schema[key]}" for key in ("minimum", "maximum") if key in self.schema]
        said = [self.schema.get("description", ""), " to ".join(bounds), self.manner]
        about = ", ".join(filter(None, said))
        return f"<b>{html.escape(self.name)}</b> {html.escape(about)}"

    def _described(self) -> dict[str, Any]:
        return {"description": self._label(), "description_allow_html": True}

    def _options(self, values: list[Any]) -> list[tuple[str, Any]]:
        return [(self._word(value), value) for value in values]

    def _word(self, value: Any) -> str:
        if value == "":
            return "not set"
        known = self.words.get(str(value))
        return f"{known} ({value})" if known else str(value).replace("_", " ")


class Day(Field):
    """A day; blank where the schema allows for none."""

    def _make(self) -> list[Any]:
        return [widgets.DatePicker(**self._described())]

    def _read(self) -> Any:
        day = self.inputs[0].value
        return day.isoformat() if day else ""

    def _write(self, value: Any) -> None:
        self.inputs[0].value = date.fromisoformat(value) if value else None


class Choice(Field):
    """One of several values."""

    def _make(self) -> list[Any]:
        return [widgets.Dropdown(options=self._options(self.schema["enum"]), **self._described())]


class Switch(Field):
    """Yes or no."""

    def _make(self) -> list[Any]:
        return [widgets.Checkbox(indent=False, **self._described())]


class Whole(Field):
    """A whole number. The browser's own bounds would change a wrong one without a word."""

    def _make(self) -> list[Any]:
        return [widgets.IntText(**self._described())]


class Number(Field):
    """Any number."""

    def _make(self) -> list[Any]:
        return [widgets.FloatText(**self._described())]


class Words(Field):
    """Free text."""

    def _make(self) -> list[Any]:
        return [widgets.Text(continuous_update=False, **self._described())]


class Several(Field):
    """Some of several values, in the order in which they were ticked."""

    wide = True

    def _make(self) -> list[Any]:
        self._ticked: list[Any] = []
        boxes = [
            widgets.Checkbox(description=word, indent=False)
            for word, _ in self._options(self.schema["items"]["enum"])
        ]
        for box in boxes:
            box.observe(lambda _: self._keep_order(), names="value")
        return boxes

    def _read(self) -> Any:
        return list(self._ticked)

    def _write(self, value: Any) -> None:
        for each, box in zip(self.schema["items"]["enum"], self.inputs, strict=True):
            box.value = each in value
        self._ticked = list(value)

    def _keep_order(self) -> None:
        on = [
            each
            for each, box in zip(self.schema["items"]["enum"], self.inputs, strict=True)
            if box.value
        ]
        kept = [each for each in self._ticked if each in on]
        self._ticked = kept + [each for each in on if each not in kept]


class Places(Field):
    """A list of fixed length, one choice for each place."""

    def _make(self) -> list[Any]:
        options = self._options(self.schema["items"]["enum"])
        places = range(1, self.schema["maxItems"] + 1)
        return [widgets.Dropdown(options=options, description=str(place)) for place in places]

    def _read(self) -> Any:
        return [each.value for each in self.inputs]

    def _write(self, value: Any) -> None:
        for each, chosen in zip(self.inputs, value, strict=True):
            each.value = chosen


class Entries(Field):
    """A list of words or days, written with commas as on the command line."""

    manner = "separated by commas"

    def _make(self) -> list[Any]:
        return [widgets.Text(continuous_update=False, **self._described())]

    def _read(self) -> Any:
        return [part.strip() for part in self.inputs[0].value.split(",") if part.strip()]

    def _write(self, value: Any) -> None:
        self.inputs[0].value = ", ".join(value)


class Literal(Field):
    """A value of any other shape, written as JSON."""

    manner = "as JSON"

    def _make(self) -> list[Any]:
        return [widgets.Text(continuous_update=False, **self._described())]

    def _read(self) -> Any:
        try:
            return json.loads(self.inputs[0].value)
        except ValueError:
            return self.inputs[0].value

    def _write(self, value: Any) -> None:
        self.inputs[0].value = json.dumps(value, ensure_ascii=False)


def field(name: str, schema: Mapping[str, Any], value: Any, words: Mapping[str, str]) -> Field:
    """Field for a parameter, filled with a value; `words` names the codes that have a name.

    >>> field("half_life_days", {"type": "integer"}, 365, {}).value
    365
    """
    made = _kind(schema)(name, schema, words)
    made.set(value)
    return made


def _kind(schema: Mapping[str, Any]) -> type[Field]:
    if "enum" in schema:
        return Choice
    if schema.get("type") == "array" and "enum" in schema.get("items", {}):
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        return Places if least == most and most <= MAX_PLACES else Several
    if schema.get("type") == "array" and schema.get("items", {}).get("type") == "string":
        return Entries
    if schema.get("type") == "string":
        forms = [schema, *schema.get("anyOf", [])]
        return Day if any(each.get("format") == "date" for each in forms) else Words
    plain: dict[Any, type[Field]] = {"boolean": Switch, "integer": Whole, "number": Number}
    return plain.get(schema.get("type"), Literal)
