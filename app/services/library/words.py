"""What search keeps of photos and tags: their words, in step with the rows they come from."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.folding import folded
from app.models import Location, Photo, PhotoText, Tag

MOST_CAMERA = 100  # characters
DESCRIBED = ("Title", "Description", "Camera", "Lens", "Label", "Creator", "Copyright", "People")


def describe(session: Session, photo: Photo) -> None:
    """Bring a photo's words, camera and rating up to date with its rows; the caller commits.

    Called wherever a photo gets a name, a path or metadata.
    """
    known = photo.metadata_ or {}
    summary = dict(known.get("summary", []))
    photo.camera = (summary.get("Camera") or "")[:MOST_CAMERA] or None
    photo.rating = known.get("rating")
    session.flush()
    query = select(Location.folder, Location.name).where(Location.photo_id == photo.id)
    places = session.execute(query.order_by(Location.id)).all()
    texts = [photo.name, *(text for place in places for text in place)]
    texts += [value for label, value in summary.items() if label in DESCRIBED]
    session.merge(PhotoText(photo_id=photo.id, words=folded(texts)))
    session.flush()


def catch_up(session: Session, most: int = 500) -> int:
    """Give words to photos and tags of an older database; commits. Returns how many photos."""
    for tag in session.scalars(select(Tag).where(Tag.words.is_(None)).limit(most)):
        tag.words = folded([tag.name])
    query = select(Photo).outerjoin(PhotoText).where(PhotoText.photo_id.is_(None)).limit(most)
    photos = session.scalars(query).all()
    for photo in photos:
        describe(session, photo)
    session.commit()
    return len(photos)
