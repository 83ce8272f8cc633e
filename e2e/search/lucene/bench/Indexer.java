package bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.facet.sortedset.SortedSetDocValuesFacetField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;

/** Reads products and makes the two indexes: of the products, and of their names for suggestions. */
final class Indexer {
    private static final int BATCH = 200;
    private static final long[] BANDS = {5_000, 10_000, 20_000, 30_000, 50_000, 100_000};

    private final Fields fields;
    private final Path folder;
    private final int threads;
    private final AtomicLong documents = new AtomicLong();

    Indexer(Fields fields, Path folder, int threads) {
        this.fields = fields;
        this.folder = folder;
        this.threads = threads;
    }

    void run(Path products) throws Exception {
        double seconds = timed(products, folder.resolve("products"), this::add);
        documents.set(0);
        double suggester = suggest(products);
        Told.event("indexed", json -> {
            json.writeNumberField("documents", documents.get());
            json.writeNumberField("threads", threads);
            json.writeNumberField("seconds", seconds);
            json.writeNumberField("suggester_seconds", suggester);
            json.writeNumberField("peak_kib", Told.memory("VmHWM:"));
        });
    }

    private interface Adding {
        void add(IndexWriter writer, Map<String, Object> product) throws IOException;
    }

    private double timed(Path products, Path into, Adding adding) throws Exception {
        long begun = System.nanoTime();
        var config = new IndexWriterConfig(fields.indexed).setRAMBufferSizeMB(256);
        try (var lines = Files.newBufferedReader(products);
                var directory = FSDirectory.open(into);
                var writer = new IndexWriter(directory, config)) {
            each(lines, product -> adding.add(writer, product));
            // What merges are under way belong to the work; closing waits for them.
            writer.commit();
        }
        return (System.nanoTime() - begun) / 1e9;
    }

    private double suggest(Path products) throws Exception {
        long begun = System.nanoTime();
        try (var lines = Files.newBufferedReader(products);
                var suggester = Finder.suggester(fields, folder)) {
            each(lines, product -> {
                var id = new BytesRef(product.get("id").toString());
                suggester.add(new BytesRef((String) product.get("name")), null, (Long) product.get("sales"), id);
            });
            suggester.commit();
        }
        return (System.nanoTime() - begun) / 1e9;
    }

    private interface Taking {
        void take(Map<String, Object> product) throws IOException;
    }

    private void each(BufferedReader lines, Taking taking) throws Exception {
        var json = new JsonFactory();
        Callable<Void> work = () -> {
            for (List<String> batch = batch(lines); !batch.isEmpty(); batch = batch(lines)) {
                for (String line : batch) {
                    taking.take(parse(json, line));
                    long done = documents.incrementAndGet();
                    if (done % 100_000 == 0) {
                        Told.event("progress", out -> out.writeNumberField("documents", done));
                    }
                }
            }
            return null;
        };
        var pool = Executors.newFixedThreadPool(threads);
        try {
            for (var done : pool.invokeAll(java.util.Collections.nCopies(threads, work))) {
                done.get();
            }
        } finally {
            pool.shutdown();
        }
    }

    private static List<String> batch(BufferedReader lines) throws IOException {
        var batch = new ArrayList<String>(BATCH);
        synchronized (lines) {
            String line;
            while (batch.size() < BATCH && (line = lines.readLine()) != null) {
                batch.add(line);
            }
        }
        return batch;
    }

    private static Map<String, Object> parse(JsonFactory json, String line) throws IOException {
        var product = new HashMap<String, Object>();
        try (var parser = json.createParser(line)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                switch (parser.nextToken()) {
                    case VALUE_NUMBER_INT -> product.put(name, parser.getLongValue());
                    case VALUE_NUMBER_FLOAT -> product.put(name, Math.round(parser.getDoubleValue() * 10));
                    case VALUE_TRUE, VALUE_FALSE -> product.put(name, parser.getBooleanValue());
                    case START_ARRAY -> {
                        var values = new ArrayList<String>();
                        while (parser.nextToken() != JsonToken.END_ARRAY) {
                            values.add(parser.getText());
                        }
                        product.put(name, values);
                    }
                    case VALUE_NULL -> {}
                    default -> product.put(name, parser.getText());
                }
            }
        }
        return product;
    }

    private void add(IndexWriter writer, Map<String, Object> product) throws IOException {
        var document = new Document();
        document.add(new NumericDocValuesField("id", (Long) product.get("id")));
        document.add(new StoredField("id", (Long) product.get("id")));
        String name = (String) product.get("name");
        for (String field : Fields.SEARCHED.keySet()) {
            document.add(new TextField(field, (String) product.get(field), Store.NO));
        }
        document.add(new TextField(Fields.PREFIX, name, Store.NO));
        document.add(new TextField(Fields.LETTERS, name, Store.NO));
        document.add(new TextField(Fields.INITIALS, name, Store.NO));
        for (String field : List.of("category", "storage", "seller", "in_stock")) {
            document.add(new StringField(field, product.get(field).toString(), Store.NO));
        }
        for (Object allergen : (List<?>) product.get("allergens")) {
            document.add(new StringField("allergen", (String) allergen, Store.NO));
        }
        for (String field : List.of("price", "use_by_days", "rating", "sales", "created")) {
            if (product.get(field) instanceof Long value) {
                document.add(new LongPoint(field, value));
                document.add(new NumericDocValuesField(field, value));
            }
        }
        for (String dimension : List.of("category", "origin", "storage")) {
            document.add(new SortedSetDocValuesFacetField(dimension, (String) product.get(dimension)));
        }
        document.add(new SortedSetDocValuesFacetField("price_band", band((Long) product.get("price"))));
        writer.addDocument(fields.facets.build(document));
    }

    /** The lower bound of the band, in won. */
    private static String band(long price) {
        long from = 0;
        for (long bound : BANDS) {
            from = price >= bound ? bound : from;
        }
        return Long.toString(from);
    }
}
