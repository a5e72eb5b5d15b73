"""The pages: shells that the browser fills from the API."""

from typing import Any

from flask import Blueprint, render_template

from app.errors import Forbidden
from app.routes import account_views as views
from app.routes.context import core, reading
from app.routes.identity import known_visitor
from app.services import overview
from app.services import settings as choices
from app.services.accounts import accounts, api_keys, visitors
from app.services.library import gallery
from app.services.people import people as persons
from app.services.tagging import concepts
from ml.superres.upscale import FACTORS

pages = Blueprint("pages", __name__)
# How a photo can be made larger: method, name, what to know.
METHODS = (
    ("fast", "Fast", "Sharper than bicubic; a few seconds for a photo of a phone"),
    ("quality", "Best", "Finer and about four times as slow"),
    ("perceptual", "Invented detail", "Looks crisper; its detail is made up and was never there"),
)
# Of looking for mosaics.
LOOKS = (
    (
        "cascade",
        "Trees, then the network",
        "The network is asked only where the trees are not sure. Finds most; repairs use it.",
    ),
    (
        "trees",
        "Trees alone",
        "Steps between pixels are measured, and decision trees weigh them. Quickest.",
    ),
    (
        "network",
        "The network alone",
        "It sees every pixel, which takes longest, and finds less than both together.",
    ),
)


@pages.get("/")
def library() -> str:
    """Show the library."""
    return render_template("library.html", page="library", photo_id=None)


@pages.get("/photo/<int:photo_id>")
def photo(photo_id: int) -> str:
    """Show the library opened at one photo."""
    with reading() as (session, mine):
        gallery.get(session, mine, photo_id)
    return render_template("library.html", page="library", photo_id=photo_id)


@pages.get("/review")
def review() -> str:
    """Show the queue of proposals."""
    return render_template("review.html", page="review", view="tags")


@pages.get("/review/people")
def review_people() -> str:
    """Show the queue of names that the machine proposes."""
    return render_template("people.html", page="review", view="review")


@pages.get("/review/repairs")
def review_repairs() -> str:
    """Show the queue of repairs that the machine proposes."""
    return render_template("review.html", page="review", view="repairs")


@pages.get("/people")
def people() -> str:
    """Show who is in the library, and stacks of faces without a name."""
    return render_template("people.html", page="people", view="overview")


@pages.get("/people/aside")
def people_aside() -> str:
    """Show the faces that nobody is asked about any more."""
    return render_template("people.html", page="people", view="aside")


@pages.get("/people/<int:person_id>")
def person(person_id: int) -> str:
    """Show a person's faces."""
    with reading() as (session, mine):
        name = persons.get(session, mine, person_id).name
    return render_template(
        "people.html", page="people", view="person", name=name, person_id=person_id
    )


@pages.get("/lab/enlarge")
def enlarge() -> str:
    """Show how a photo is made larger."""
    return render_template("enlarge.html", page="lab", factors=FACTORS, methods=METHODS)


@pages.get("/lab/mosaics")
def find_mosaics() -> str:
    """Show how mosaics are found."""
    return render_template("mosaics.html", page="lab", methods=LOOKS)


@pages.get("/jobs")
def jobs() -> str:
    """Show what runs, waits and failed."""
    return render_template("jobs.html", page="jobs")


@pages.get("/settings")
def settings() -> Any:
    """Show settings, models with their licences, storage."""
    with reading() as (session, mine):
        storage = overview.storage(session, mine, core().config)
        values = choices.values(mine)
    return render_template(
        "settings.html",
        page="settings",
        table=choices.TABLE,
        values=values,
        models=overview.models(),
        storage=storage,
        owner=known_visitor().is_owner,
    )


@pages.get("/teach")
@pages.get("/teach/<int:tag_id>")
def teach(tag_id: int = 0) -> str:
    """Show the tags that one teaches, or the photos to teach one by."""
    name = ""
    if tag_id:
        with reading() as (session, mine):
            name = concepts.get(session, mine, tag_id).tag.name
    return render_template("teach.html", page="teach", name=name)


@pages.get("/tags")
def tags() -> str:
    """Show the library's tags and how each is written."""
    return render_template("tags.html", page="tags")


@pages.get("/account")
def account() -> str:
    """Show one's password, the browsers that are signed in, API keys."""
    visitor = known_visitor()
    with core().db.read() as session:
        sign_ins = visitors.sign_ins(session, visitor.user.id)
        keys = api_keys.of_user(session, visitor.user.id)
    return render_template(
        "account.html",
        page="account",
        user=views.user(visitor.user),
        sign_ins=[views.sign_in(row, row.id == visitor.sign_in) for row in sign_ins],
        keys=[views.api_key(row) for row in keys],
        scopes=api_keys.SCOPES,
    )


@pages.get("/users")
def users() -> str:
    """Show everybody who may sign in, to the owner."""
    if not known_visitor().is_owner:
        raise Forbidden("Only the owner of this Proofsheet sees its users.")
    with core().db.read() as session:
        rows = accounts.listing(session)
    return render_template("users.html", page="users", users=[views.user(row) for row in rows])


@pages.app_template_filter("browser")
def browser(agent: str) -> str:
    """Name a browser and its system by what it says of itself."""
    return views.browser(agent)
