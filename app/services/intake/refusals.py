"""Why files were not taken, told beside each file's own name."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Upload

ENDED = ("waiting", "duplicate", "refused")


def refuse(
    session: Session,
    photo_ids: Sequence[int | None],
    reason: str,
    *,
    sha256: str | None = None,
    states: Sequence[str] = ENDED,
) -> None:
    """Refuse every upload of these photos; the same bytes may have come under several names.

    With `sha256` only the uploads of that file, with `states` only those in them. The caller
    commits.
    """
    query = select(Upload).where(Upload.photo_id.in_(photo_ids), Upload.state.in_(states))
    if sha256 is not None:
        query = query.where(Upload.sha256 == sha256)
    for upload in session.scalars(query):
        name = upload.path.rpartition("/")[2]
        upload.state, upload.reason = "refused", f"{name}: {reason}"
