"""JSON Schemas of all messages, made from the code.

In: the wire models. Out: one JSON Schema (draft 7, which every validator and AsyncAPI know) a
message, by file name. Always: the same code gives the same bytes; ``docs/schemas/`` holds them
and a test compares. ``python -m edge.report.schemas docs/schemas`` writes them anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from edge.report import wire

DRAFT = "http://json-schema.org/draft-07/schema#"

MODELS: dict[str, type[BaseModel]] = {
    wire.HIT_TYPE: wire.HitEvent,
    wire.STATUS_TYPE: wire.StatusEvent,
    wire.HEALTH_TYPE: wire.HealthEvent,
    wire.UNCERTAIN_TYPE: wire.UncertainEvent,
    wire.ERASURE_TYPE: wire.ErasureEvent,
    wire.REVIEW_TYPE: wire.ReviewEvent,
    wire.ACK_TYPE: wire.AckEvent,
    wire.ANNOUNCEMENT_TYPE: wire.AnnouncementEvent,
}


class _Draft7(GenerateJsonSchema):
    """Pydantic's schemas in words of draft 7; a field without a value is absent, never null."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        made = super().tuple_schema(schema)
        if "prefixItems" in made:
            made["items"] = made.pop("prefixItems")
        return made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made


def schemas() -> dict[str, str]:
    """The text of each schema by its file name: ``hit.v1.json``."""
    return {_file_name(kind): _text(model) for kind, model in MODELS.items()}


def write(folder: Path) -> None:
    """Write all schemas.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text)


def _file_name(kind: str) -> str:
    return f"{kind.removeprefix('io.watchpost.')}.json"


def _text(model: type[BaseModel]) -> str:
    made = model.model_json_schema(by_alias=True, schema_generator=_Draft7)
    return json.dumps({"$schema": DRAFT} | made, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
