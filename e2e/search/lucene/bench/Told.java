package bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Lines for the program that called. */
final class Told {
    private static final JsonFactory JSON = new JsonFactory();

    private Told() {}

    interface Rest {
        void write(JsonGenerator json) throws IOException;
    }

    static void event(String name, Rest rest) throws IOException {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("event", name);
            rest.write(json);
            json.writeEndObject();
        }
        System.out.println(text);
    }

    /** KiB of this process, by the name that /proc has for it. */
    static long memory(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + name);
    }
}
