"""Append-only double-entry postings: every journal sums to zero, nothing is edited, mistakes are reversed."""
