"""Analysis of photos: decoding, networks, stages and the command line, usable without the web
application.
"""
