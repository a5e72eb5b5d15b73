"""Repairs: what was found wrong with a photo, undone at full size."""
