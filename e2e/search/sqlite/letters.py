"""Hangul syllables as the letters of the keyboard, and as their initial consonants."""

INITIALS = "ㄱ ㄲ ㄴ ㄷ ㄸ ㄹ ㅁ ㅂ ㅃ ㅅ ㅆ ㅇ ㅈ ㅉ ㅊ ㅋ ㅌ ㅍ ㅎ".split(" ")
VOWELS = "ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ".split(" ")
FINALS = " ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ".split(" ")
SYLLABLES = range(0xAC00, 0xD7A4)
APART = {
    code: INITIALS[at // 588] + VOWELS[at // 28 % 21] + FINALS[at % 28] for at, code in enumerate(SYLLABLES)
}
FIRST = {code: INITIALS[at // 588] for at, code in enumerate(SYLLABLES)}


def apart(text: str) -> str:
    return text.translate(APART)


def initials(text: str) -> str:
    return text.translate(FIRST)


def only_consonants(text: str) -> bool:
    return all(letter == " " or "ㄱ" <= letter <= "ㅎ" for letter in text)
