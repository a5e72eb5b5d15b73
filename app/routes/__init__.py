"""Routes parse a request, call one service and render; they hold no rules of their own."""

from flask import Blueprint

from app.routes import (
    account,
    description,
    entrance,
    exports,
    ops,
    pages,
    photos,
    tags,
    uploads,
    users,
    work,
    writing,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    entrance.entrance,
    pages.pages,
    description.pages,
    photos.files,
    exports.files,
    ops.ops,
    photos.api,
    writing.api,
    tags.api,
    work.api,
    uploads.api,
    exports.api,
    account.api,
    users.api,
)
