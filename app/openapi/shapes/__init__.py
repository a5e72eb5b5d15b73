"""The JSON of the API as types: what a request may hold and what an answer does."""
