"""Tags on photos: proposed, answered, renamed, taught."""
