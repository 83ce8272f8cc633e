package bench;

import java.nio.file.Path;

/**
 * Lucene with nori, set up as a Korean shop would. Prints JSON lines, see engine.rs.
 *
 * <pre>
 * index PRODUCTS FOLDER THREADS CONFIG
 * query FOLDER QUERIES CONFIG PASSES WARM_SECONDS BUDGET_SECONDS
 * </pre>
 */
public final class Main {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "index" -> {
                var fields = new Fields(Path.of(args[4]));
                new Indexer(fields, Path.of(args[2]), Integer.parseInt(args[3])).run(Path.of(args[1]));
            }
            case "query" -> {
                try (var finder = new Finder(new Fields(Path.of(args[3])), Path.of(args[1]))) {
                    var asker = new Asker(finder, Integer.parseInt(args[4]), seconds(args[5]), seconds(args[6]));
                    asker.run(Path.of(args[2]));
                }
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static double seconds(String text) {
        return Double.parseDouble(text);
    }
}
