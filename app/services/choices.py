"""A library's settings changed, together with what follows from them."""

from typing import Any

from sqlalchemy.orm import Session

from app.models import Library
from app.services import settings
from app.services.files import stacking


def change(session: Session, library: Library, changes: dict[str, Any]) -> dict[str, Any]:
    """Change some settings as `settings.change` does; photos are stacked as is wanted now."""
    before = settings.values(library)["stacks"]
    values = settings.change(session, library, changes)
    if values["stacks"] != before:
        stacking.arrange(session, library, values["stacks"])
    return values
