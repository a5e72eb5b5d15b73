"""What counts as a photo of the library: neither in the trash nor unseen in a stack.

The one place that says so: every list, count, filter and selection takes its condition from here.
"""

from app.models import Photo

SHOWN = Photo.stack_id.is_(None)
HERE = (Photo.trashed_at.is_(None), SHOWN)
AWAY = (Photo.trashed_at.is_not(None), SHOWN)
