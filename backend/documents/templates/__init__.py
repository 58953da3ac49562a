"""How documents are drawn: `draw(envelope, content, qr) -> Sheet`, one module per kind and edition.

An edition is not changed once documents were made with it: they are drawn again to tell what a forger
changed. A new look is a new edition, in a module of its own, entered in `backend.documents.kinds`.
"""
