"""Torkham: from coded claims and counted people to reports that anyone can check."""
