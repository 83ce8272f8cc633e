package bench;

import java.io.IOException;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/** Syllables taken apart into the letters of the keyboard, doubled finals too: what Korean shops use jaso plug-ins for. */
final class Letters {
    private static final String[] INITIALS = "ㄱ ㄲ ㄴ ㄷ ㄸ ㄹ ㅁ ㅂ ㅃ ㅅ ㅆ ㅇ ㅈ ㅉ ㅊ ㅋ ㅌ ㅍ ㅎ".split(" ");
    static final String[] VOWELS =
            "ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ".split(" ");
    static final String[] FINALS =
            " ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ".split(" ", -1);

    private Letters() {}

    private static boolean isSyllable(char letter) {
        return letter >= '가' && letter <= '힣';
    }

    static boolean isConsonant(char letter) {
        return letter >= 'ㄱ' && letter <= 'ㅎ';
    }

    static boolean isSingle(char letter) {
        return letter >= 'ㄱ' && letter <= 'ㅣ';
    }

    static String apart(CharSequence text) {
        var out = new StringBuilder(text.length() * 3);
        for (int at = 0; at < text.length(); at++) {
            char letter = text.charAt(at);
            if (isSyllable(letter)) {
                int code = letter - '가';
                out.append(INITIALS[code / 588]).append(VOWELS[code / 28 % 21]).append(FINALS[code % 28]);
            } else {
                out.append(letter);
            }
        }
        return out.toString();
    }

    static String initials(CharSequence text) {
        var out = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); at++) {
            char letter = text.charAt(at);
            out.append(isSyllable(letter) ? INITIALS[(letter - '가') / 588] : String.valueOf(letter));
        }
        return out.toString();
    }

    /** Replaces each token by its letters, or by its initial consonants. */
    static final class Filter extends TokenFilter {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final boolean initials;

        Filter(TokenStream input, boolean initials) {
            super(input);
            this.initials = initials;
        }

        @Override
        public boolean incrementToken() throws IOException {
            if (!input.incrementToken()) {
                return false;
            }
            String replaced = initials ? initials(term) : apart(term);
            term.setEmpty().append(replaced);
            return true;
        }
    }
}
