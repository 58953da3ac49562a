"""What channels tell other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class ChannelBound:
    """A channel now acts for a person; the person's other channels may want to know."""

    name: ClassVar[str] = "channel.bound"
    channel_id: UUID
    person_id: UUID
