package bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.spell.DirectSpellChecker;
import org.apache.lucene.search.spell.LevenshteinDistance;
import org.apache.lucene.search.spell.SuggestMode;
import org.apache.lucene.search.spell.SuggestWord;
import org.apache.lucene.util.QueryBuilder;

/** What is typed as Lucene queries. */
final class Queries {
    /** How much of the fields beside the best one counts. */
    private static final float OTHERS = 0.2f;

    private static final int CORRECTIONS = 10;

    private final Fields fields;
    private final IndexReader reader;
    private final QueryBuilder builder;
    private final DirectSpellChecker corrections = new DirectSpellChecker();

    Queries(Fields fields, IndexReader reader) {
        this.fields = fields;
        this.reader = reader;
        this.builder = new QueryBuilder(fields.asked);
        // One syllable may be another, if most letters of the word are the same.
        corrections.setMaxEdits(1);
        corrections.setMinPrefix(0);
        corrections.setMinQueryLength(2);
        corrections.setMaxQueryFrequency(0);
        var distance = new LevenshteinDistance();
        corrections.setDistance((left, right) -> distance.getDistance(Letters.apart(left), Letters.apart(right)));
        corrections.setAccuracy(0.6f);
    }

    /** Every word, each in any field. */
    Query all(String text) {
        return joined(words(text).stream().map(this::word).toList(), Occur.MUST);
    }

    Query phrase(String text) {
        return anyField(field -> builder.createPhraseQuery(field, text));
    }

    /** Every word, the last as the beginning of one. */
    Query begun(String text) {
        var words = words(text);
        var parts = new ArrayList<Query>();
        for (String word : words.subList(0, words.size() - 1)) {
            parts.add(word(word));
        }
        parts.add(beginning(words.get(words.size() - 1)));
        return joined(parts, Occur.MUST);
    }

    Query initials(String text) {
        List<Query> parts = new ArrayList<>();
        for (String word : words(text)) {
            parts.add(new TermQuery(new Term(Fields.INITIALS, word)));
        }
        return joined(parts, Occur.MUST);
    }

    /** Every word with a letter wrong, or two when it is long. */
    Query misspelt(String text) {
        return joined(words(text).stream().map(this::fuzzy).toList(), Occur.MUST);
    }

    Query inStock(Query query) {
        return new BooleanQuery.Builder()
                .add(query, Occur.MUST)
                .add(new TermQuery(new Term("in_stock", "true")), Occur.FILTER)
                .build();
    }

    /** The ways of the search box, best first. */
    List<Supplier<Query>> ways(String text) {
        var ways = new ArrayList<Supplier<Query>>();
        var words = words(text);
        if (words.isEmpty()) {
            return ways;
        }
        String plain = String.join("", words);
        if (plain.chars().allMatch(letter -> Letters.isConsonant((char) letter))) {
            ways.add(() -> initials(text));
            return ways;
        }
        boolean begun = plain.chars().anyMatch(letter -> Letters.isSingle((char) letter));
        if (!begun) {
            ways.add(() -> all(text));
        }
        if (plain.chars().allMatch(letter -> letter < 128) && plain.chars().anyMatch(Character::isLetter)) {
            ways.add(() -> all(Keyboard.korean(text)));
        } else if (plain.chars().noneMatch(letter -> letter < 128)) {
            ways.add(() -> all(Keyboard.latin(text)));
        }
        ways.add(() -> begun(text));
        ways.add(() -> misspelt(text));
        ways.add(() -> joined(words.stream().map(this::meant).toList(), Occur.MUST));
        ways.add(() -> most(words));
        return ways;
    }

    /** At least half of the words. */
    private Query most(List<String> words) {
        var some = new BooleanQuery.Builder().setMinimumNumberShouldMatch((words.size() + 1) / 2);
        words.forEach(word -> some.add(word(word), Occur.SHOULD));
        return some.build();
    }

    private Query word(String word) {
        var meanings = fields.meanings(word).stream().map(this::parts).toList();
        return meanings.size() == 1 ? meanings.get(0) : new DisjunctionMaxQuery(meanings, 0);
    }

    /** Every part of a word, each in any field; side by side in the name is best. */
    private Query parts(String word) {
        var parts = fields.tokens("name", word);
        if (parts.size() <= 1) {
            return anyField(field -> builder.createBooleanQuery(field, word, Occur.MUST));
        }
        var all = new BooleanQuery.Builder();
        for (String part : parts) {
            all.add(anyField(field -> field.equals("name_en") ? null : new TermQuery(new Term(field, part))), Occur.MUST);
        }
        all.add(new BoostQuery(builder.createPhraseQuery("name", word), Fields.SEARCHED.get("name")), Occur.SHOULD);
        return all.build();
    }

    private interface InField {
        Query query(String field);
    }

    /** The best field counts, the others a little. */
    private Query anyField(InField make) {
        var inFields = new ArrayList<Query>();
        for (var field : Fields.SEARCHED.entrySet()) {
            Query query = make.query(field.getKey());
            if (query != null) {
                inFields.add(new BoostQuery(query, field.getValue()));
            }
        }
        return inFields.isEmpty() ? new MatchNoDocsQuery() : new DisjunctionMaxQuery(inFields, OTHERS);
    }

    /** Whole syllables are looked up as edge n-grams, unfinished ones as letters. */
    private Query beginning(String word) {
        boolean finished = word.chars().noneMatch(letter -> Letters.isSingle((char) letter));
        return finished && word.length() <= 8 ? new TermQuery(new Term(Fields.PREFIX, word)) : letters(Letters.apart(word));
    }

    private Query letters(String letters) {
        return new PrefixQuery(new Term(Fields.LETTERS, letters));
    }

    private Query fuzzy(String word) {
        var alike = new ArrayList<Query>();
        String letters = Letters.apart(word);
        alike.add(new BoostQuery(new FuzzyQuery(new Term(Fields.LETTERS, letters), edits(letters)), 2));
        for (var found : corrections("name", word)) {
            alike.add(new BoostQuery(new TermQuery(new Term("name", found.string)), found.score));
        }
        return new DisjunctionMaxQuery(alike, OTHERS);
    }

    /** Words that may have been meant, of the first field that has any, with all that means the same. */
    private Query meant(String word) {
        var alike = new ArrayList<Query>();
        for (String field : List.of("name", "category_name", "description")) {
            if (alike.isEmpty()) {
                for (var found : corrections(field, word)) {
                    alike.add(new BoostQuery(word(found.string), found.score));
                }
            }
        }
        return new DisjunctionMaxQuery(alike, OTHERS);
    }

    private SuggestWord[] corrections(String field, String word) {
        try {
            return corrections.suggestSimilar(
                    new Term(field, word), CORRECTIONS, reader, SuggestMode.SUGGEST_ALWAYS);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Two wrong letters are a lot for three syllables; for more they are not. */
    private static int edits(String letters) {
        return letters.length() < 3 ? 0 : letters.length() < 9 ? 1 : 2;
    }

    private static Query joined(List<Query> parts, Occur occur) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        var all = new BooleanQuery.Builder();
        parts.forEach(part -> all.add(part, occur));
        return all.build();
    }

    private static List<String> words(String text) {
        String plain = text.trim().toLowerCase();
        return plain.isEmpty() ? List.of() : List.of(plain.split("\\s+"));
    }
}
