"""Files come in: uploads, what becomes of them, what is made of them at once."""
