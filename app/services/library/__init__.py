"""The library as it is looked at: lists, filters, search."""
