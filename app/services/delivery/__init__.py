"""Downloads: copies with their tags, in one zip."""
