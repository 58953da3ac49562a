"""Agencies of the bureau, as a tree, and the employers in their care."""
