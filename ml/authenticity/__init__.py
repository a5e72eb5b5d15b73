"""Whether a picture is a photograph, generated, or edited: evidence of several kinds, weighed."""
