"""Clients that refuse a silent wrong answer."""
