package relay.eventstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.EventStreamReader;

/** Where a stream goes on, by each of the ways in which a library says what it has had. */
class LastEventIdTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    private static final Api api = relay.api();

    private String client;
    private String first;
    private String second;

    @BeforeEach
    void publishThree() {
        client = api.registerKept(1, 60, "cats").id();
        first = api.publishForId("cats", "first");
        second = api.publishForId("cats", "second");
        api.publishForId("cats", "third");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lastEventId",
                "lastEventID",
                "last-event-id",
                "Last-Event-ID",
                "Last-Event-Id",
                "last_event_id",
                "lasteventid",
                "evs_last_event_id"
            })
    void theQueryMaySayItInTheSpellingsOfLibraries(String name) throws IOException {
        assertThat(firstAfter(name + "=" + first, "")).isEqualTo("second");
        assertThat(firstAfter("format=text&" + name + "=" + first.replace("-", "%2D"), ""))
                .isEqualTo("second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lastEventId=", "lastEventID", "lastEventId=&Last-Event-ID=", "&lastEventId=&"})
    void anEmptyOneIsThatOfAClientThatHasHadNothing(String query) throws IOException {
        assertThat(firstAfter(query, "")).isEqualTo("first");
        assertThat(firstAfter(query + "&after=" + second, "")).isEqualTo("third");
    }

    @Test
    void theHeaderGoesBeforeTheQueryAndThereTheLastOneBeforeOthersAndThemBeforeAfter() throws IOException {
        assertThat(firstAfter("lastEventId=x&after=x", second)).isEqualTo("third");
        assertThat(firstAfter("lastEventId=" + second + "&after=x", "")).isEqualTo("third");
        assertThat(firstAfter("after=x&lastEventId=x&lastEventId=" + second, ""))
                .isEqualTo("third");
        assertThat(firstAfter("lastEventId=" + second + "&last-event-id=" + first, ""))
                .isEqualTo("second");
        assertThat(firstAfter("lastEventId=" + second + "&lastEventId=", "")).isEqualTo("third");
    }

    /** Of the library that sends evs_last_event_id. */
    @Test
    void whatComesWithItMeansNothing() throws IOException {
        assertThat(firstAfter("evs_buffer_size_limit=262144", "")).isEqualTo("first");
        String query = "evs_buffer_size_limit=262144&evs_preamble=2056&evs_last_event_id=" + first;
        assertThat(firstAfter(query, "")).isEqualTo("second");
    }

    @Test
    void whatIsNoIdIsRefusedAndSoIsAnyOtherName() {
        assertThat(api.get("/sse/" + client + "?lastEventId=x").detail()).contains("not the id of a message");
        assertThat(api.get("/sse/" + client + "?lastEvent=" + first).detail())
                .contains("unknown query parameter \"lastEvent\"", "lastEventId", "after", "format");
        assertThat(api.get("/sse/" + client + "?after=" + first + "&after=" + first)
                        .detail())
                .contains("more than once");
    }

    private String firstAfter(String query, String header) throws IOException {
        try (EventStreamReader events = EventStreamReader.open(relay.port(), client + "?" + query, header)) {
            assertThat(events.head()).startsWith("HTTP/1.1 200");
            assertThat(events.next()).isEqualTo(":\n");
            return events.next().replaceFirst("(?s).*\ndata: (.*)\n", "$1");
        }
    }
}
