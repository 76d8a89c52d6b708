"""Headline and captions of each notebook, one module a notebook, as plain sentences."""
