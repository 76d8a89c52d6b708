"""The batch: runs parameterised notebooks, renders them, builds the site; knows no subject."""
