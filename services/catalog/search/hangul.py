"""Hangul taken apart: the initial consonants people type for short, the letters a typing error is in, the particles."""

import re
import unicodedata

FIRST, LAST = "가", "힣"
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
ENDINGS, OF_ONE_INITIAL = 28, 588
"""Syllables are coded in the order of initial, vowel, ending (Unicode, 3.12): so many endings, so many syllables."""
INITIAL_OF = {code: INITIALS[(code - ord(FIRST)) // OF_ONE_INITIAL] for code in range(ord(FIRST), ord(LAST) + 1)}

ANYWHERE = "의|에|에서|에는|에서는|에게|도|만|까지|부터|보다|처럼"
CLOSED = re.compile(rf"(?:을|은|이|과|으로|으로는|이나|이랑|이며|{ANYWHERE})$")
OPEN = re.compile(rf"(?:를|는|가|와|로|로는|나|랑|며|{ANYWHERE})$")
SHORTEST = 2


def is_syllable(character: str) -> bool:
    """Return whether it is one of the 11,172 syllables of Hangul."""
    return FIRST <= character <= LAST


def initials(text: str) -> str:
    """Return text with each syllable as its initial consonant: `수처리` as `ㅅㅊㄹ`."""
    return text.translate(INITIAL_OF)


def are_initials(text: str) -> bool:
    """Return whether text is nothing but initial consonants."""
    return bool(text) and all(each in INITIALS for each in text)


def letters(text: str) -> str:
    """Return text letter by letter, so that one wrong key is one wrong letter."""
    return unicodedata.normalize("NFD", text)


def without_particle(word: str) -> str | None:
    """Return a word without the particle it seems to end in, None when it ends in none.

    Which form of a particle stands depends on whether the syllable before it is closed: 을 after 막, 를 after 기.
    """
    for size in range(min(3, len(word) - SHORTEST), 0, -1):
        stem, particle = word[:-size], word[-size:]
        if is_syllable(stem[-1]) and (CLOSED if _is_closed(stem[-1]) else OPEN).match(particle):
            return stem
    return None


def _is_closed(syllable: str) -> bool:
    return (ord(syllable) - ord(FIRST)) % ENDINGS != 0
