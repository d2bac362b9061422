package relay.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.apicurio.datamodels.Library;
import io.apicurio.datamodels.models.Document;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** A description of the relay's interface, by which what it says can be judged. Immutable, for any thread. */
public final class ApiDescription {
    private final JsonNode document;
    private final SchemaRegistry schemas;
    private final String metaSchema;

    private ApiDescription(JsonNode document, SpecificationVersion schemas) {
        this.document = document;
        this.schemas = SchemaRegistry.withDefaultDialect(schemas);
        this.metaSchema = schemas.getDialectId();
    }

    /** What an OpenAPI document describes: its schemas are JSON Schema 2020-12. */
    public static ApiDescription byOpenApi(JsonNode document) {
        return new ApiDescription(document, SpecificationVersion.DRAFT_2020_12);
    }

    /** What an AsyncAPI document describes: its schemas are JSON Schema draft 7. */
    public static ApiDescription byAsyncApi(JsonNode document) {
        return new ApiDescription(document, SpecificationVersion.DRAFT_7);
    }

    public JsonNode document() {
        return document;
    }

    /** What stands at a path of names, following references; missing if there is none. */
    public JsonNode at(String... names) {
        JsonNode node = document;
        for (String name : names) {
            node = resolved(node.path(name));
        }
        return node;
    }

    /** A node, or what it refers to. */
    public JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").asText();
        return reference.isEmpty() ? node : resolved(document.at(reference.substring(1)));
    }

    /** What is wrong with a value by a schema of the document. */
    public List<String> faults(JsonNode schema, JsonNode value) {
        if (!schema.isObject()) {
            throw new AssertionError("no schema: " + schema);
        }
        ObjectNode standingAlone = ((ObjectNode) schema).deepCopy();
        standingAlone.set("components", document.get("components"));
        return texts(schemas.getSchema(standingAlone).validate(value));
    }

    /** What is wrong with the document by the rules of its format, and with its schemas by those of JSON Schema. */
    public List<String> faults() {
        ObjectNode copy = document.deepCopy();
        // Apicurio 2.5.0 takes the examples of OpenAPI 3.1 for those of 3.0, and no number beyond a long for a number.
        copy.findParents("examples").forEach(parent -> ((ObjectNode) parent).remove("examples"));
        copy.findParents("maximum").stream()
                .filter(parent -> parent.get("maximum").isBigInteger())
                .forEach(parent -> ((ObjectNode) parent).remove("maximum"));
        Document model = Library.readDocument(copy);
        Stream<String> problems =
                Library.validate(model, null).stream().map(problem -> problem.nodePath + ": " + problem.message);
        JsonNode shared = document.at("/components/schemas");
        Stream<String> ofSchemas = Stream.concat(stream(shared.elements()), inline(document))
                .flatMap(schema ->
                        texts(schemas.getSchema(SchemaLocation.of(metaSchema)).validate(schema)).stream());
        return Stream.concat(problems, ofSchemas).toList();
    }

    private static Stream<JsonNode> inline(JsonNode node) {
        Stream<JsonNode> here =
                Stream.of(node.path("schema"), node.path("payload")).filter(JsonNode::isObject);
        return Stream.concat(here, stream(node.elements()).flatMap(ApiDescription::inline));
    }

    private static Stream<JsonNode> stream(Iterator<JsonNode> nodes) {
        Stream.Builder<JsonNode> stream = Stream.builder();
        nodes.forEachRemaining(stream);
        return stream.build();
    }

    private static List<String> texts(List<Error> messages) {
        return messages.stream().map(Error::toString).toList();
    }
}
