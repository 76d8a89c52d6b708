"""What a notebook shows: figure, table, finding, headline, files, evidence; each with its data.

Every exhibit shows itself as escaped HTML, so that nothing in a table or a
parameter is ever read as markup, and hands its data to the report writer in a
media type of its own.
"""

from analysis.exhibits.download import Download
from analysis.exhibits.evidence import Evidence
from analysis.exhibits.figure import Figure
from analysis.exhibits.media import MEDIA, to_csv
from analysis.exhibits.sentences import Finding, Headline
from analysis.exhibits.table import MAX_ROWS, Table, claim_links

__all__ = [
    "MAX_ROWS",
    "MEDIA",
    "Download",
    "Evidence",
    "Figure",
    "Finding",
    "Headline",
    "Table",
    "claim_links",
    "to_csv",
]
