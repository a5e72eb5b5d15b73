"""Rows of the database; docs/architecture.md tells how they belong together."""

from app.models.account import ApiKey, FailedAttempt, PasswordLink, SignIn
from app.models.action import Action, ActionPlace, ActionTag
from app.models.base import MAX_ID, Base, UTCDateTime, now
from app.models.concept import Concept
from app.models.enlargement import Enlargement
from app.models.library import Library, User
from app.models.original import Import, Reference, Revision
from app.models.person import FaceRejection, PeopleModel, Person
from app.models.photo import Embedding, Face, Location, Photo, Sidecar
from app.models.repair import Repair, Version
from app.models.search import Generation, PhotoText
from app.models.sensor import Sensor
from app.models.tag import PhotoTag, Tag, TagWord
from app.models.verdict import Verdict
from app.models.work import Export, ExportItem, Job, Upload

__all__ = [
    "MAX_ID",
    "Action",
    "ActionPlace",
    "ActionTag",
    "ApiKey",
    "Base",
    "Concept",
    "Embedding",
    "Enlargement",
    "Export",
    "ExportItem",
    "Face",
    "FaceRejection",
    "FailedAttempt",
    "Generation",
    "Import",
    "Job",
    "Library",
    "Location",
    "PasswordLink",
    "PeopleModel",
    "Person",
    "Photo",
    "PhotoTag",
    "PhotoText",
    "Reference",
    "Repair",
    "Revision",
    "Sensor",
    "Sidecar",
    "SignIn",
    "Tag",
    "TagWord",
    "UTCDateTime",
    "Upload",
    "User",
    "Verdict",
    "Version",
    "now",
]
