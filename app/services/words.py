"""The words of texts, folded: what search keeps of a photo, and how it reads what is typed."""

import re
from collections.abc import Iterable
from unicodedata import category, normalize

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Location, Photo, PhotoText

MOST = 20_000  # characters kept of one photo's words
MOST_CAMERA = 100
DESCRIBED = {"Title", "Description", "Camera", "Lens", "Label", "Creator", "Copyright"} | {
    "People",
    "Faces",
}
# Letters and figures apart, so that DSC04532 is found by 04532; no spaces stand between ideographs.
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W\d_{_CJK}]+|\d+")


def tokens(text: str) -> list[str]:
    """Return the words of a text in order, without case and accents.

    >>> tokens("ÉTÉ à la mer/DSC_0453.jpg")
    ['ete', 'a', 'la', 'mer', 'dsc', '0453', 'jpg']
    """
    plain = normalize("NFKD", normalize("NFKD", text).casefold())
    return _WORD.findall("".join(c for c in plain if category(c) != "Mn"))


def begun(typed: list[str], text: list[str]) -> bool:
    """Tell whether `typed` stands in `text`, in this order, its last word begun at least."""
    if not typed:
        return False
    *whole, last = typed
    width = len(whole)
    return any(
        text[i : i + width] == whole and text[i + width].startswith(last)
        for i in range(len(text) - width)
    )


def describe(session: Session, photo: Photo) -> None:
    """Bring a photo's words, camera and rating up to date with its rows; the caller commits.

    Called wherever a photo gets a name, a path or metadata.
    """
    summary = dict(photo.metadata_.get("summary", [])) if photo.metadata_ else {}
    camera, rating = summary.get("Camera"), (photo.metadata_ or {}).get("rating")
    photo.camera = camera[:MOST_CAMERA] if camera else None
    photo.rating = rating
    session.flush()
    places = session.execute(
        select(Location.folder, Location.name)
        .where(Location.photo_id == photo.id)
        .order_by(Location.id)
    ).all()
    texts = [photo.name, *(text for place in places for text in place)]
    texts += [value for label, value in summary.items() if label in DESCRIBED]
    words = joined(texts)
    known = session.get(PhotoText, photo.id)
    if known is None:
        session.add(PhotoText(photo_id=photo.id, words=words))
    else:
        known.words = words
    session.flush()


def joined(texts: Iterable[str]) -> str:
    """Return the words of several texts, each text once, as search keeps them."""
    return " ".join(word for text in dict.fromkeys(texts) for word in tokens(text))[:MOST]


def catch_up(session: Session, most: int = 500) -> int:
    """Describe photos that have no words yet (an older database); commits. Returns how many."""
    query = select(Photo).outerjoin(PhotoText).where(PhotoText.photo_id.is_(None)).limit(most)
    photos = session.scalars(query).all()
    for photo in photos:
        describe(session, photo)
    session.commit()
    return len(photos)
