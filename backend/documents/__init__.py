"""Official documents: made once from signed data, verified by anybody, off line too."""
