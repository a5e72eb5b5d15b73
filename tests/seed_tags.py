"""The tags of a seeded library, and what is said about one photo's tags."""

import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from app.folding import folded
from app.models import Tag, TagWord
from app.services.tagging.tags import JOINER, key_of

OBJECTS = [
    "person",
    "dog",
    "cat",
    "car",
    "bicycle",
    "boat",
    "bird",
    "horse",
    "cow",
    "sheep",
    "chair",
    "table",
    "bottle",
    "cup",
    "book",
    "bench",
    "train",
    "bus",
    "truck",
    "umbrella",
    "handbag",
    "tie",
    "kite",
    "skis",
    "surfboard",
    "pizza",
    "cake",
    "laptop",
    "clock",
    "vase",
]
CATEGORIES = [
    "beach",
    "portrait",
    "night",
    "forest",
    "sunset",
    "mountain",
    "street",
    "food",
    "flower",
    "party",
    "sport",
    "winter",
    "wedding",
    "building",
]
WORDS = [
    "family",
    "holiday",
    "client",
    "best",
    "print",
    "album",
    "web",
    "black",
    "white",
    "garden",
    "grandma",
    "Jonas",
    "Zoë",
]
PLACES = {
    "Europe": ["Paris", "Rome", "Köln", "Genève", "Lisboa"],
    "Asia": ["東京", "Kyoto", "Seoul", "Hanoi"],
    "America": ["Boston", "Québec", "São Paulo"],
}
CITIES = [city for cities in PLACES.values() for city in cities]
EVENTS = [
    "Wedding",
    "Walk",
    "Studio",
    "Concert",
    "Trip",
    "Birthday",
    "Harbour",
    "Race",
    "Workshop",
    "Christening",
]
NETWORKS = {"object": "yolo11n@seed", "category": "scene@seed"}


def make_tags(connection: Connection, library_id: int) -> dict[str, list[int]]:
    """The library's tags: ids by kind."""
    names = {
        "object": OBJECTS,
        "category": CATEGORIES,
        "keyword": WORDS + [f"client {n:03d}" for n in range(150)],
        "place": [JOINER.join(("Places", land, city)) for land in PLACES for city in PLACES[land]],
    }
    found: dict[str, list[int]] = {}
    for kind, these in names.items():
        rows = [
            {"library_id": library_id, "name": name, "key": key_of(name)}
            | {"kind": kind if kind in NETWORKS else "keyword", "words": folded([name])}
            for name in these
        ]
        connection.execute(insert(Tag), rows)
        known = dict(
            connection.execute(select(Tag.key, Tag.id).where(Tag.library_id == library_id)).all()  # type: ignore[arg-type]
        )
        found[kind] = [known[key_of(name)] for name in these]
        if kind in NETWORKS:
            rows = [
                {"library_id": library_id, "kind": kind, "word": name, "tag_id": tag_id}
                for name, tag_id in zip(these, found[kind], strict=True)
            ]
            connection.execute(insert(TagWord), rows)
    return found


def said(rng: random.Random, ids: dict[str, list[int]], own: Sequence[int]) -> list[dict[str, Any]]:
    """What is said about one photo's tags; `own` are those of its shoot."""
    rows = {
        tag: {"tag_id": tag, "source": "file", "state": "confirmed", "in_file": True} for tag in own
    }
    for kind, most in (("object", 3), ("category", 2)):
        for tag in {ids[kind][int(len(ids[kind]) * rng.random() ** 2)] for _ in range(most)}:
            sure = round(rng.uniform(0.25, 0.999), 4)
            state = rng.choices(("suggested", "confirmed", "rejected"), (70, 22, 8))[0]
            rows[tag] = {
                "tag_id": tag,
                "source": "machine",
                "state": state,
                "confidence": sure,
                "boxes": [[100.0, 80.0, 900.0, 700.0, sure]] if kind == "object" else [],
                "network": NETWORKS[kind],
            }
    plain = {"confidence": None, "boxes": [], "network": None, "in_file": False}
    return [plain | row for row in rows.values()]
