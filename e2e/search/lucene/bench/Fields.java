package bench;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.ko.KoreanAnalyzer;
import org.apache.lucene.analysis.ko.KoreanPartOfSpeechStopFilter;
import org.apache.lucene.analysis.ko.KoreanTokenizer.DecompoundMode;
import org.apache.lucene.analysis.ko.dict.UserDictionary;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.facet.FacetsConfig;

/** Which field is analysed how, and what it weighs. */
final class Fields {
    /** Searched for words, with the weight of each. */
    static final Map<String, Float> SEARCHED =
            Map.of("name", 3f, "name_en", 2f, "category_name", 1.5f, "origin", 1f, "description", 1f);

    static final String PREFIX = "name_prefix";
    static final String LETTERS = "name_letters";
    static final String INITIALS = "name_initials";
    static final String[] FACETS = {"category", "origin", "storage", "price_band"};

    final FacetsConfig facets = new FacetsConfig();
    /** Of whole values, when indexing. */
    final Analyzer indexed;
    /** Of what is typed: no edge n-grams. */
    final Analyzer asked;
    /** Words as letters, for the suggester, which makes its own n-grams. */
    final Analyzer letters;

    private final Map<String, List<String>> synonyms = new HashMap<>();

    Fields(Path config) throws IOException {
        UserDictionary words = words(Files.readAllLines(config.resolve("user-dictionary.txt")));
        for (String line : Files.readAllLines(config.resolve("synonyms.txt"))) {
            var group = line.startsWith("#") ? List.<String>of() : List.of(line.split(","));
            for (String word : group) {
                synonyms.computeIfAbsent(word, any -> new ArrayList<>()).addAll(group);
            }
        }
        // Compounds are indexed whole and in parts, and asked for in parts: 제주감귤 finds 감귤 of 제주.
        Analyzer mixed = nori(words, DecompoundMode.MIXED);
        Analyzer parts = nori(words, DecompoundMode.DISCARD);
        Analyzer english = new EnglishAnalyzer();
        letters = byWords(stream -> new Letters.Filter(stream, false));
        Analyzer initials = byWords(stream -> new Letters.Filter(stream, true));
        indexed = new PerFieldAnalyzerWrapper(mixed, Map.of(
                "name_en", english,
                PREFIX, byWords(stream -> new EdgeNGramTokenFilter(stream, 1, 8, true)),
                LETTERS, letters,
                INITIALS, byWords(stream -> new EdgeNGramTokenFilter(new Letters.Filter(stream, true), 1, 8, true))));
        asked = new PerFieldAnalyzerWrapper(parts, Map.of(
                "name_en", english, PREFIX, byWords(stream -> stream), LETTERS, letters, INITIALS, initials));
        for (String dimension : FACETS) {
            facets.setDrillDownTermsIndexing(dimension, FacetsConfig.DrillDownTermsIndexing.NONE);
        }
    }

    /** The parts of the words are words too: otherwise nori takes them further apart when they stand alone. */
    private static UserDictionary words(List<String> lines) throws IOException {
        var entries = new LinkedHashMap<String, String>();
        for (String line : lines) {
            var parts = List.of(line.split(" "));
            if (!line.startsWith("#")) {
                entries.put(parts.get(0), line);
                parts.stream().filter(part -> part.length() > 1).forEach(part -> entries.putIfAbsent(part, part));
            }
        }
        return UserDictionary.open(new StringReader(String.join("\n", entries.values())));
    }

    /** The word itself and what means the same. */
    List<String> meanings(String word) {
        return synonyms.getOrDefault(word, List.of(word));
    }

    /** The tokens a word is asked for as, in a field. */
    List<String> tokens(String field, String word) {
        var tokens = new ArrayList<String>();
        try (TokenStream stream = asked.tokenStream(field, word)) {
            var term = stream.addAttribute(CharTermAttribute.class);
            stream.reset();
            while (stream.incrementToken()) {
                tokens.add(term.toString());
            }
            stream.end();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return tokens;
    }

    private static Analyzer nori(UserDictionary words, DecompoundMode mode) {
        return new KoreanAnalyzer(words, mode, KoreanPartOfSpeechStopFilter.DEFAULT_STOP_TAGS, false);
    }

    private static Analyzer byWords(Function<TokenStream, TokenStream> filter) {
        return new Analyzer() {
            @Override
            protected TokenStreamComponents createComponents(String field) {
                var words = new WhitespaceTokenizer();
                return new TokenStreamComponents(words, filter.apply(new LowerCaseFilter(words)));
            }
        };
    }
}
