"""A library in which some photos bear a concept that the machine can be taught."""

from collections.abc import Iterable

import numpy as np
from sqlalchemy import select

from app.models import Embedding, Photo, PhotoTag
from app.services.tagging import heads
from tests.in_process import InProcess

WIDTH = 48
OWN = slice(0, 8)  # where the concept shows in a vector


def vectors(with_it: Iterable[bool], seed: int = 0) -> np.ndarray:
    """Embeddings of length 1, of photos with the concept and of photos without."""
    rng = np.random.default_rng(seed)
    found = rng.normal(0, 1, (len(shown := np.array(list(with_it))), WIDTH))
    found[shown, OWN] += 4
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


class Lesson:
    """A library of photos, the first `bearing` of which bear the concept."""

    def __init__(self, it: InProcess, count: int = 700, bearing: int = 16) -> None:
        self.it, self.library = it, it.owner()
        library = self.library
        self.bearing = [number < bearing for number in range(count)]
        with it.core.db.write() as session:
            photos = [photo(library.id, number) for number in range(count)]
            session.add_all(photos)
            session.flush()
            self.ids = [row.id for row in photos]
            session.commit()
        self.embed(vectors(self.bearing))

    def embed(self, found: np.ndarray, network: str = "") -> None:
        with self.it.core.db.write() as session:
            session.add_all(
                Embedding(
                    photo_id=photo_id,
                    network=network or heads.network(),
                    vector=vector.astype("<f2").tobytes(),
                )
                for photo_id, vector in zip(self.ids, found, strict=True)
            )
            session.commit()

    def begin(self, name: str = "first dance") -> int:
        begun = self.it.post("/concepts", {"name": name})
        return int(begun["concept"]["id"])

    def say(self, tag: int, photos: list[int], answer: str) -> dict[str, object]:
        told = self.it.post(f"/concepts/{tag}", {"photos": photos, "answer": answer})
        self.it.work("concept")
        return dict(told)

    def taught(self) -> int:
        """A tag with five yes and five no."""
        tag = self.begin()
        self.say(tag, self.ids[:5], "yes")
        self.say(tag, self.ids[-5:], "no")
        return tag

    def proposals(self, tag: int) -> dict[int, PhotoTag]:
        with self.it.core.db.read() as session:
            rows = select(PhotoTag).where(PhotoTag.tag_id == tag, PhotoTag.state == "suggested")
            return {row.photo_id: row for row in session.scalars(rows)}


def photo(library_id: int, number: int) -> Photo:
    name = f"p{number:03}.jpg"
    return Photo(
        library_id=library_id,
        sha256=f"{library_id:032}{number:032}",
        size=1,
        name=name,
        state="ready",
        width=3,
        height=2,
        sort_at=np.datetime64("2026-01-01").astype(object),
        day="2026-01-01",
        sort_name=name,
    )
