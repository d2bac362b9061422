package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.testing.Api.Answer;
import relay.testing.RedisServer;
import relay.testing.TestSocket;

/** {@code GET /clients} behind a balancer, where each page comes from another relay of a group. */
class ClientPagesIT {
    @AutoClose
    private final RedisServer server = RedisServer.start();

    @AutoClose
    private final TestRelays relays = TestRelays.start(2, server.url());

    /** The sockets of one user. */
    private List<TestSocket> open(int relay, int user, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> relays.open(relay, relays.api(0).register(user)))
                .toList();
    }

    /** All pages, each asked for at another relay than the last one. */
    private List<JsonNode> pages(int first, String query) {
        List<JsonNode> pages = new ArrayList<>();
        String after = "";
        for (int relay = first; pages.isEmpty() || !after.isEmpty(); relay = 1 - relay) {
            JsonNode page =
                    relays.api(relay).get("/clients?limit=3" + query + after).json();
            pages.add(page);
            after = page.has("next") ? "&after=" + page.get("next").asText() : "";
        }
        return pages;
    }

    private static List<String> ids(List<JsonNode> pages) {
        List<String> ids = new ArrayList<>();
        pages.forEach(page ->
                page.get("clients").forEach(client -> ids.add(client.get("id").asText())));
        return ids;
    }

    @Test
    void aListIsWholeWhicheverRelayIsAskedForItsPages() {
        List<TestSocket> sockets = new ArrayList<>(open(0, 1, 8));
        sockets.addAll(open(0, 2, 4));
        sockets.addAll(open(1, 1, 5));
        List<JsonNode> ofOne = pages(0, "");
        assertThat(ids(ofOne)).hasSize(12).doesNotHaveDuplicates();
        assertThat(ofOne)
                .hasSizeGreaterThan(3)
                .extracting(page -> page.get("relay").asText())
                .containsOnly(ofOne.get(0).get("relay").asText());
        List<JsonNode> ofTheOther = pages(1, "");
        assertThat(ids(ofTheOther)).hasSize(5).doesNotContainAnyElementsOf(ids(ofOne));
        assertThat(ids(pages(0, "&user_id=1"))).hasSize(8);
        assertThat(ids(pages(0, "&user_id=2"))).hasSize(4);
        sockets.forEach(TestSocket::close);
    }

    @Test
    void aCursorThatNoRelayHasGivenIsRefusedByEach() {
        List<TestSocket> sockets = open(0, 1, 3);
        String given = relays.api(0).get("/clients?limit=1").json().get("next").asText();
        String altered = given.substring(0, given.length() - 2) + (given.endsWith("AA") ? "BB" : "AA");
        for (String cursor : List.of(altered, given.substring(given.indexOf('.') + 1), given + "A", "x", "a.b", ".")) {
            for (int relay : List.of(0, 1)) {
                Answer answer = relays.api(relay).get("/clients?after=" + cursor);
                assertThat(answer.status()).as(cursor).isEqualTo(400);
                assertThat(answer.body()).contains("begin again without after");
            }
        }
        for (int relay : List.of(0, 1)) {
            assertThat(relays.api(relay).get("/clients?after=" + given).status())
                    .isEqualTo(200);
        }
        sockets.forEach(TestSocket::close);
    }

    @Test
    void whereTheRelayOfAListHasGoneTheListBeginsAgain() {
        String given;
        try (TestRelays leaving = TestRelays.start(1, server.url());
                TestSocket one = leaving.open(0, relays.api(0).register(1));
                TestSocket two = leaving.open(0, relays.api(0).register(1))) {
            given = leaving.api(0).get("/clients?limit=1").json().get("next").asText();
            assertThat(relays.api(0).get("/clients?after=" + given).json().get("clients"))
                    .hasSize(1);
            assertThat(List.of(one, two)).noneMatch(TestSocket::isClosed);
        }
        Answer answer = relays.api(0).get("/clients?after=" + given);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("is gone");
    }
}
