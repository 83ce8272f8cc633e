package bench;

/** Words typed with the keyboard set to the other script (두벌식). */
final class Keyboard {
    private static final String KEYS = "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml";
    private static final String LETTERS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ";
    private static final String INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";

    private Keyboard() {}

    /** {@code rkawk} is 감자. */
    static String korean(String typed) {
        var letters = new StringBuilder(typed.length());
        for (char key : typed.toCharArray()) {
            int at = KEYS.indexOf(key);
            at = at < 0 ? KEYS.indexOf(Character.toLowerCase(key)) : at;
            letters.append(at < 0 ? key : LETTERS.charAt(at));
        }
        return together(letters.toString());
    }

    /** {@code ㅔㅐㅅㅁ새} is potato. */
    static String latin(String typed) {
        var keys = new StringBuilder(typed.length() * 2);
        for (char letter : Letters.apart(typed).toCharArray()) {
            int at = LETTERS.indexOf(letter);
            keys.append(at < 0 ? letter : KEYS.charAt(at));
        }
        return keys.toString();
    }

    /** Letters put into syllables: a consonant before a vowel begins one, otherwise it ends one. */
    private static String together(String letters) {
        var out = new StringBuilder(letters.length());
        int at = 0;
        while (at < letters.length()) {
            int initial = INITIALS.indexOf(letters.charAt(at));
            int vowelEnd = longest(letters, at + 1, Letters.VOWELS, 2);
            if (initial < 0 || vowelEnd < 0) {
                out.append(letters.charAt(at++));
                continue;
            }
            int vowel = index(Letters.VOWELS, letters.substring(at + 1, vowelEnd));
            int end = longest(letters, vowelEnd, Letters.FINALS, 2);
            if (end > 0 && startsVowel(letters, end)) {
                end--;
            }
            int last = end > vowelEnd ? Math.max(0, index(Letters.FINALS, letters.substring(vowelEnd, end))) : 0;
            out.append((char) ('가' + (initial * 21 + vowel) * 28 + last));
            at = Math.max(end, vowelEnd);
        }
        return out.toString();
    }

    /** Where the longest run of at most so many letters ends that is one of the parts, or -1. */
    private static int longest(String letters, int from, String[] parts, int most) {
        for (int end = Math.min(letters.length(), from + most); end > from; end--) {
            if (index(parts, letters.substring(from, end)) >= 0) {
                return end;
            }
        }
        return -1;
    }

    private static boolean startsVowel(String letters, int at) {
        return at < letters.length() && longest(letters, at, Letters.VOWELS, 1) > 0;
    }

    private static int index(String[] parts, String part) {
        return java.util.Arrays.asList(parts).indexOf(part);
    }
}
