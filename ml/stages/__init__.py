"""The stages of the analysis: each module is one, and `table` lists them in the order they run."""
