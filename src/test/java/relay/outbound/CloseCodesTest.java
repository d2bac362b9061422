package relay.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Says what is missing when a close code is added: every place that has to know it fails here by its file's name. */
class CloseCodesTest {
    private static final Path ASYNC_API = Path.of("src/main/resources/relay/http/asyncapi.json");
    private static final Path REFERENCE = Path.of("src/site/markdown/reference.md");
    private static final Path SCRIPT = Path.of("src/main/resources/relay/console/relay.js");

    private static final int MOST_BYTES = 123;

    @ParameterizedTest
    @EnumSource
    void itIsAmongTheCloseCodesOfAsyncApi(CloseReason reason) throws IOException {
        assertThat(described(reason))
                .as("add {\"code\": %s, …} to x-close-codes in %s", reason.code(), ASYNC_API)
                .hasSize(1)
                .allSatisfy(code -> {
                    assertThat(code.path("meaning").asText()).isNotBlank();
                    assertThat(code.path("client").asText()).isNotBlank();
                });
    }

    @ParameterizedTest
    @EnumSource
    void itHasALineInTheTableOfTheReference(CloseReason reason) throws IOException {
        assertThat(Files.readAllLines(REFERENCE))
                .as("add a line \"| %s | …\" to the table of close codes in %s", reason.code(), REFERENCE)
                .anyMatch(line -> line.matches("\\| ([\\d, ]+, )?" + reason.code() + "(,[\\d, ]+)? \\| .*"));
    }

    @ParameterizedTest
    @EnumSource
    void theScriptDoesWhatAsyncApiTellsClients(CloseReason reason) throws IOException {
        String advice = described(reason).iterator().next().path("client").asText();
        assertThat(stops(reason.code()))
                .as("FINAL and RECONNECTS in %s: after %s a client is to %s", SCRIPT, reason.code(), advice)
                .isEqualTo(Stream.of("stop", "fix itself", "renew").anyMatch(advice::startsWith));
        assertThat(codes("BACK_OFF").contains(reason.code()))
                .as("BACK_OFF in %s: after %s a client is to %s", SCRIPT, reason.code(), advice)
                .isEqualTo(advice.startsWith("back off"));
    }

    @ParameterizedTest
    @EnumSource
    void itsTextFitsIntoACloseFrame(CloseReason reason) {
        assertThat(reason.text().getBytes(StandardCharsets.UTF_8).length).isBetween(1, MOST_BYTES);
        assertThat(reason.text()).doesNotContain("\"", "\\");
    }

    private static Set<JsonNode> described(CloseReason reason) throws IOException {
        JsonNode codes = new ObjectMapper().readTree(ASYNC_API.toFile()).at("/channels/socket/x-close-codes");
        return StreamSupport.stream(codes.spliterator(), false)
                .filter(code -> code.path("code").asInt() == reason.code())
                .collect(Collectors.toSet());
    }

    private static boolean stops(int code) throws IOException {
        boolean isOurs = code >= 4400 && code <= 4499;
        return codes("FINAL").contains(code) || (isOurs && !codes("RECONNECTS").contains(code));
    }

    private static Set<Integer> codes(String name) throws IOException {
        Matcher set = Pattern.compile("const " + name + " = new Set\\(\\[([\\d, ]+)]\\)")
                .matcher(Files.readString(SCRIPT));
        assertThat(set.find()).as(name).isTrue();
        return Stream.of(set.group(1).split(", ")).map(Integer::valueOf).collect(Collectors.toSet());
    }
}
