"""Routes parse a request, call one service and render; they hold no rules of their own."""

from flask import Blueprint

from app.routes import (
    account,
    concepts,
    description,
    entrance,
    exports,
    imports,
    lab,
    ops,
    pages,
    people,
    photos,
    repairs,
    tags,
    uploads,
    users,
    work,
    writing,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    entrance.entrance,
    pages.pages,
    lab.pages,
    lab.api,
    description.pages,
    photos.files,
    exports.files,
    ops.ops,
    photos.api,
    writing.api,
    tags.api,
    people.api,
    repairs.api,
    concepts.api,
    work.api,
    uploads.api,
    exports.api,
    imports.api,
    imports.sidecars,
    account.api,
    users.api,
)
