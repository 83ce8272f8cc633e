package bench;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks all queries, kind by kind: first unmeasured, which gives the answers, then measured. The same as measure.rs. */
final class Asker {
    private final Finder finder;
    private final int passes;
    private final double warm;
    private final double budget;

    Asker(Finder finder, int passes, double warm, double budget) {
        this.finder = finder;
        this.passes = passes;
        this.warm = warm;
        this.budget = budget;
    }

    void run(Path file) throws IOException {
        Told.event("version", json -> json.writeStringField(
                "text", "Lucene " + org.apache.lucene.util.Version.LATEST + " with nori, Java " + Runtime.version().feature()));
        Map<String, List<String>> kinds = new LinkedHashMap<>();
        var json = new JsonFactory();
        for (String line : Files.readAllLines(file)) {
            try (var parser = json.createParser(line)) {
                String kind = "";
                String text = "";
                while (parser.nextToken() != null) {
                    if ("kind".equals(parser.currentName())) {
                        kind = parser.getText();
                    } else if ("text".equals(parser.currentName())) {
                        text = parser.getText();
                    }
                }
                kinds.computeIfAbsent(kind, any -> new ArrayList<>()).add(text);
            }
        }
        for (var of : kinds.entrySet()) {
            warm(of.getKey(), of.getValue());
            if (passes > 0) {
                measure(of.getKey(), of.getValue());
            }
        }
        Told.event("memory", out -> {
            out.writeNumberField("resident_kib", Told.memory("VmRSS:"));
            out.writeNumberField("anonymous_kib", Told.memory("RssAnon:"));
        });
    }

    private void warm(String kind, List<String> queries) throws IOException {
        long begun = System.nanoTime();
        for (int pass = 0; pass == 0 || (passes > 0 && since(begun) < warm); pass++) {
            for (String query : queries) {
                if (passes > 0 && since(begun) >= budget / 2) {
                    return;
                }
                var found = finder.find(kind, query);
                if (pass == 0) {
                    tell(kind, query, found);
                }
            }
        }
    }

    private void measure(String kind, List<String> queries) throws IOException {
        long begun = System.nanoTime();
        var micros = new ArrayList<Double>();
        for (int pass = 0; pass < passes; pass++) {
            for (String query : queries) {
                if (since(begun) >= budget) {
                    break;
                }
                long asked = System.nanoTime();
                finder.find(kind, query);
                micros.add((System.nanoTime() - asked) / 1e3);
            }
        }
        Told.event("measured", json -> {
            json.writeStringField("kind", kind);
            json.writeArrayFieldStart("micros");
            for (double one : micros) {
                json.writeNumber(one);
            }
            json.writeEndArray();
        });
    }

    private static double since(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }

    private static void tell(String kind, String query, Finder.Found found) throws IOException {
        Told.event("answer", json -> {
            json.writeStringField("kind", kind);
            json.writeStringField("text", query);
            json.writeArrayFieldStart("ids");
            for (long id : found.ids()) {
                json.writeNumber(id);
            }
            json.writeEndArray();
            json.writeObjectFieldStart("facets");
            for (var dimension : found.facets().entrySet()) {
                json.writeObjectFieldStart(dimension.getKey());
                for (var value : dimension.getValue().entrySet()) {
                    json.writeNumberField(value.getKey(), value.getValue());
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }
}
