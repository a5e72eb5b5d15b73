"""Routes parse a request, call one service and render; they hold no rules of their own."""

from flask import Blueprint

from app.routes import exports, ops, pages, photos, tags, uploads, work

BLUEPRINTS: tuple[Blueprint, ...] = (
    pages.pages,
    photos.files,
    exports.files,
    ops.ops,
    photos.api,
    tags.api,
    work.api,
    uploads.api,
    exports.api,
)
