"""Turns a template's name and values into HTML.

In: the name of a template beside this file and plain values. Out: text. Always: every value
is escaped by the template engine, and a value that is missing is an error.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


class Renderer:
    """The template engine."""

    def __init__(self) -> None:
        self._engine = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._engine.filters["coded"] = coded

    def html(self, template: str, **values: object) -> str:
        """Render one template."""
        return self._engine.get_template(template).render(**values)

    def check(self, template: str) -> None:
        """Compile one template.

        Raises:
            jinja2.TemplateError: it is missing or malformed.
        """
        self._engine.get_template(template)


def coded(text: str) -> Markup:
    """Escape a text and set what stands between two backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )
