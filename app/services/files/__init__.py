"""The files of a photo: revisions, stacks, what each says and how tags stand in it."""
