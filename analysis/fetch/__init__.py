"""Clients that bring tables from their sources into dated snapshots, whole or not at all."""

from analysis.fetch.http import Client, Download, FetchError, Patience

__all__ = ["Client", "Download", "FetchError", "Patience"]
