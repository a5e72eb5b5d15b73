"""Changes are kept to be taken back for a season; the latest of a library longer."""

from datetime import timedelta

from sqlalchemy import func, select, update

from app.models import Action, ActionTag, now
from app.services import actions


def test_old_changes_beyond_the_latest_are_forgotten(it, monkeypatch):
    monkeypatch.setattr(actions, "KEPT", 2)
    [photo] = it.add("a.jpg")
    tagged = [
        it.post("/tags/apply", {"selection": {"ids": [photo]}, "add": [name], "remove": []})
        for name in ("one", "two", "three", "four")
    ]
    ids = [one["action"]["id"] for one in tagged]
    long_ago = now() - actions.KEEP - timedelta(days=1)
    with it.core.db.write() as session:
        old = update(Action).where(Action.id.in_([ids[0], *ids[2:]]))
        session.execute(old.values(created_at=long_ago))
        session.commit()
        actions.sweep(session)
        kept = session.scalars(select(Action.id).order_by(Action.id)).all()
        rows = session.scalar(select(func.count()).select_from(ActionTag))
    assert kept == ids[1:], "the first is old and not of the latest two"
    assert rows == 3
    it.post(f"/actions/{ids[2]}/undo")
    assert {tag["name"] for tag in it.get(f"/photos/{photo}")["tags"]} == {"one", "two", "four"}
    it.post(f"/actions/{ids[0]}/undo", status=404)
