package bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.apache.lucene.facet.FacetsCollectorManager;
import org.apache.lucene.facet.sortedset.DefaultSortedSetDocValuesReaderState;
import org.apache.lucene.facet.sortedset.SortedSetDocValuesFacetCounts;
import org.apache.lucene.facet.sortedset.SortedSetDocValuesReaderState;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.suggest.analyzing.AnalyzingInfixSuggester;
import org.apache.lucene.store.FSDirectory;

/** Answers queries of each kind with the ten best. */
final class Finder implements AutoCloseable {
    private static final int BEST = 10;
    private static final int ENOUGH = 3;
    /** Letters of a name's words that are indexed as prefixes; longer ones are looked for among the words. */
    private static final int PREFIX_LETTERS = 6;

    private final DirectoryReader reader;
    private final IndexSearcher searcher;
    private final SortedSetDocValuesReaderState facets;
    private final AnalyzingInfixSuggester suggester;
    private final Queries queries;

    record Found(List<Long> ids, Map<String, Map<String, Long>> facets) {}

    Finder(Fields fields, Path folder) throws IOException {
        reader = DirectoryReader.open(FSDirectory.open(folder.resolve("products")));
        searcher = new IndexSearcher(reader);
        facets = new DefaultSortedSetDocValuesReaderState(reader, fields.facets);
        suggester = suggester(fields, folder);
        queries = new Queries(fields, reader);
    }

    static AnalyzingInfixSuggester suggester(Fields fields, Path folder) throws IOException {
        var directory = FSDirectory.open(folder.resolve("names"));
        return new AnalyzingInfixSuggester(directory, fields.letters, fields.letters, PREFIX_LETTERS, false);
    }

    Found find(String kind, String text) throws IOException {
        return switch (kind) {
            case "term" -> best(queries.all(text));
            case "phrase" -> best(queries.phrase(text));
            case "prefix" -> best(queries.begun(text));
            case "initials" -> best(queries.initials(text));
            case "typo" -> best(queries.misspelt(text));
            case "facet" -> counted(queries.inStock(queries.all(text)));
            case "suggestion" -> suggested(text);
            case "search" -> search(text);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    /** What a shop's search box does: as long as fewer than three are found, the next way adds what it finds. */
    private Found search(String text) throws IOException {
        var ids = new LinkedHashSet<Long>();
        for (var way : queries.ways(text)) {
            if (ids.size() >= ENOUGH) {
                break;
            }
            ids.addAll(best(way.get()).ids());
        }
        return new Found(ids.stream().limit(BEST).toList(), Map.of());
    }

    private Found best(Query query) throws IOException {
        return new Found(ids(searcher.search(query, BEST).scoreDocs), Map.of());
    }

    private Found counted(Query query) throws IOException {
        var result = FacetsCollectorManager.search(searcher, query, BEST, new FacetsCollectorManager());
        var counts = new SortedSetDocValuesFacetCounts(facets, result.facetsCollector());
        var dimensions = new LinkedHashMap<String, Map<String, Long>>();
        for (String dimension : Fields.FACETS) {
            var values = new LinkedHashMap<String, Long>();
            var children = counts.getAllChildren(dimension);
            if (children != null) {
                for (var child : children.labelValues) {
                    values.put(child.label, child.value.longValue());
                }
            }
            dimensions.put(dimension, values);
        }
        return new Found(ids(result.topDocs().scoreDocs), dimensions);
    }

    private Found suggested(String text) throws IOException {
        var found = suggester.lookup(text, BEST, true, false);
        return new Found(found.stream().map(one -> Long.parseLong(one.payload.utf8ToString())).toList(), Map.of());
    }

    private List<Long> ids(ScoreDoc[] found) throws IOException {
        var ids = new Long[found.length];
        for (int at = 0; at < found.length; at++) {
            var leaf = reader.leaves().get(ReaderUtil.subIndex(found[at].doc, reader.leaves()));
            NumericDocValues values = leaf.reader().getNumericDocValues("id");
            values.advanceExact(found[at].doc - leaf.docBase);
            ids[at] = values.longValue();
        }
        return List.of(ids);
    }

    @Override
    public void close() throws IOException {
        suggester.close();
        reader.close();
    }
}
