"""Texts as search sees them: words without case and accents."""

import re
from collections.abc import Iterable
from unicodedata import category, normalize

# Letters and figures apart, so that DSC04532 is found by 04532; no spaces stand between ideographs.
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W\d_{_CJK}]+|\d+")


def words_in(text: str) -> list[str]:
    """Return the words of a text in order.

    >>> words_in("ÉTÉ à la mer/DSC_0453.jpg")
    ['ete', 'a', 'la', 'mer', 'dsc', '0453', 'jpg']
    """
    plain = normalize("NFKD", normalize("NFKD", text).casefold())
    return _WORD.findall("".join(c for c in plain if category(c) != "Mn"))


def folded(texts: Iterable[str], most: int = 20_000) -> str:
    """Return the words of several texts with spaces between, each text once; `most` characters."""
    return " ".join(word for text in dict.fromkeys(texts) for word in words_in(text))[:most]


def begun(typed: str, text: str) -> bool:
    """Tell whether folded `typed` stands in folded `text`, its last word begun at least.

    This is what search finds, said in one line: databases do the same by their indexes.
    """
    return bool(typed) and f" {typed}" in f" {text}"
