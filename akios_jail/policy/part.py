"""What every manifest has in common, whatever its kind: exact types, no unknown key, a name of its own."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from akios_jail.policy.values import Day, Line, Name

API_VERSION = "akios/v1"
MAX_TOKENS = 10**15


class Part(BaseModel):
    """A mapping of the manifest: exact types, no unknown key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Metadata(Part):
    """What the manifest is called."""

    name: Name = Field(description="Its name; a policy's stands in every audit record.")
    description: Line = Field(default="", description="What it is for, in a sentence.")
    expires: Day | None = Field(
        default=None,
        description="The last day on which it may be used (UTC), e.g. `2027-03-31`; later no session begins with it.",
    )
    labels: dict[Name, Line] = Field(default_factory=dict, description="Free words for your own tools.")


def key_names(model: type[BaseModel]) -> dict[str, Any]:
    """The keys of a part as written in YAML, with pydantic's record of each."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
