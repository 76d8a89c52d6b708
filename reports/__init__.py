"""The batch: runs parameterised notebooks, renders them, builds the site; knows no subject."""

# What an exhibit hands to the report: headline, figure, table, download, evidence.
MEDIA = "application/vnd.torkham.{}+json"
