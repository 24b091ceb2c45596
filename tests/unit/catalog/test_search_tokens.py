"""Words of Korean and English text: the same in each spelling, nothing of particles; initials, letters, particles."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.catalog.search import hangul, tokens
from services.catalog.search.tokens import chunks, closed, grams, plain, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("수처리 분리막", ["수", "처리", "분리", "막"]),
        ("수처리분리막", ["수", "처리", "분리", "막"]),
        ("수처리 분리막을", ["수", "처리", "분리", "막"]),
        ("수처리분리막으로부터", ["수", "처리", "분리", "막"]),
        ("Membranes", ["membrane"]),
        ("gas bus analysis", ["gas", "bus", "analysis"]),
        ("ＡＢＣ", ["abc"]),
        ("30% 절감", ["30", "절감"]),
        ("!!! … 😀", []),
        ("을를", ["을"]),
        ("\0", []),
        ("", []),
    ],
)
def test_words_are_what_spelling_leaves_alone(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_word_that_ends_like_a_particle_is_read_both_ways() -> None:
    [chunk] = chunks("방수의")

    assert [(reading.words, reading.core) for reading in chunk] == [(("방", "수의"), "방수의"), (("방수",), "방수")]


def test_signs_around_a_word_are_no_part_of_what_is_written() -> None:
    assert [reading.core for chunk in chunks('"수처리분리막"을 (특허)') for reading in chunk] == [
        "수처리분리막",
        "특허",
    ]


def test_what_is_inflected_gives_its_stem() -> None:
    assert words("줄이고") == words("줄여서") == words("줄인") == ["줄이"]


def test_words_are_the_same_whatever_stands_around_them() -> None:
    assert words("저전력 수처리 분리막 단종") == [
        *words("저전력"),
        *words("수처리"),
        *words("분리막"),
        *words("단종"),
    ]


def test_threads_do_not_mix_their_texts() -> None:
    texts = [f"수처리분리막{number}호기를" for number in range(500)]
    alone = [chunks(text) for text in texts]
    tokens._chunk.cache_clear()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(chunks, texts)) == alone


def test_a_text_has_one_plain_form() -> None:
    assert plain("  Ａ\t수처리\n ㎥ ") == "a 수처리 m3"
    assert closed("수 처리") == "수처리"
    assert grams("수 처리", 2) == ["수처", "처리"]
    assert grams("수", 2) == []


def test_hangul_is_taken_apart() -> None:
    assert hangul.initials("수처리 A막") == "ㅅㅊㄹ Aㅁ"
    assert hangul.are_initials("ㅅㅊㄹ")
    assert not hangul.are_initials("")
    assert not hangul.are_initials("ㅅㅊㅏ")
    assert len(hangul.letters("막")) == 3


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("분리막을", "분리막"),
        ("분리막를", None),
        ("제어기를", "제어기"),
        ("제어기을", None),
        ("분리막으로는", "분리막"),
        ("단말기에서는", "단말기"),
        ("의의", None),
        ("membrane", None),
    ],
)
def test_a_particle_stands_only_after_the_syllable_it_fits(word: str, stem: str | None) -> None:
    assert hangul.without_particle(word) == stem
