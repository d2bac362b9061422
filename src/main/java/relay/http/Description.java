package relay.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.content.Content;

/** A description of the relay's interface, which says where this relay is. Immutable, for any thread. */
final class Description {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern BASE = Pattern.compile("ws(?<secure>s?)://(?<authority>[^/]*)(?<path>.*)");

    private final ObjectNode document;
    private final String type;
    private final BiConsumer<ObjectNode, Matcher> place;

    private Description(Content document, BiConsumer<ObjectNode, Matcher> place) {
        try {
            this.document = (ObjectNode) MAPPER.readTree(new ByteBufferBackedInputStream(document.bytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.type = document.type();
        this.place = place;
    }

    /** One that names a server by the URL of its HTTP side. */
    static Description openApi(Content document) {
        return new Description(
                document,
                (described, base) -> described
                        .withArray("/servers")
                        .removeAll()
                        .addObject()
                        .put(
                                "url",
                                "http" + base.group("secure") + "://" + base.group("authority") + base.group("path")));
    }

    /** One that names a server by the parts of the URL of its sockets. */
    static Description asyncApi(Content document) {
        return new Description(document, (described, base) -> {
            ObjectNode server = described
                    .withObject("/servers/relay")
                    .put("host", base.group("authority"))
                    .put("protocol", "ws" + base.group("secure"));
            if (!base.group("path").isEmpty()) {
                server.put("pathname", base.group("path"));
            }
        });
    }

    /**
     * The document of a relay whose sockets are below this URL.
     *
     * @throws IllegalArgumentException if that is no URL of sockets
     */
    Content servedAt(String socketBase) {
        Matcher base = BASE.matcher(socketBase);
        if (!base.matches()) {
            throw new IllegalArgumentException(socketBase);
        }
        ObjectNode placed = document.deepCopy();
        place.accept(placed, base);
        try {
            return new Content(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(placed), type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
