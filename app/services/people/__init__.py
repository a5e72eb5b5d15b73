"""People and faces: found, named, learned."""
