"""Names in pinyin."""

from __future__ import annotations


def syllables(name: str) -> tuple[str, ...]:
    """The syllables of a Chinese name, lower case and without tones: wang, xiu, ying."""
    # Not at the top: its dictionaries take 58 MB, for which only a process that changes passwords should pay.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return tuple(syllable for syllable in lazy_pinyin(name) if syllable.isascii() and syllable.isalpha())
