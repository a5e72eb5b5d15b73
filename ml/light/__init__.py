"""Light and colour of a photo: what became of them, and how it is undone."""
