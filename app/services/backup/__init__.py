"""Backups: one file that holds everything, and a library made from it anywhere else."""

from app.services.backup.make import Made, Tell, last, make
from app.services.backup.restore import Restored, restore

__all__ = ["Made", "Restored", "Tell", "last", "make", "restore"]
