"""Photos that stay where they lie on the server: folders, imports, sidecars beside them."""
