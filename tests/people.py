"""Faces seeded into a library: vectors round a centre for each person."""

import numpy as np

from app.models import Face, Photo, now
from app.services.people import identities
from tests.in_process import InProcess

SIZE = 128


def centres(count: int, seed: int = 0) -> np.ndarray:
    """Directions of people, all at right angles."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(SIZE, SIZE)))
    return np.asarray(axes.T[:count], np.float32)


def add(it: InProcess, photo: int, vectors: np.ndarray, quality: float = 0.9) -> list[int]:
    """Put faces on a photo, side by side, as analysis would have."""
    with it.core.db.write() as session:
        row = session.get_one(Photo, photo)
        faces = [
            Face(
                photo_id=photo,
                box=[10.0 * place, 5.0, 8.0, 10.0],
                landmarks=[],
                score=0.9,
                quality=quality,
                embedding=np.asarray(vector, "<f4").tobytes(),
                network="test",
            )
            for place, vector in enumerate(vectors)
        ]
        session.add_all(faces)
        row.face_count, row.analysed_at = len(faces), now()
        session.flush()
        identities.ask(session, row.library_id)
        session.commit()
        return [face.id for face in faces]
