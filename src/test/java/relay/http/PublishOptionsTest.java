package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.jetty.http.HttpURI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Topic;
import relay.uri.Parameters;

/** What a publisher may say beside the message, in the JSON and in the query. */
class PublishOptionsTest {
    private static final String ID = "0123456789abcdef0123456789abcdef";

    private final Json json = new Json(32);

    @Test
    void aMessageWithoutOptionsIsPlain() {
        Message message = read("'topic':'cats','message':'x'");
        assertThat(message.isPlain()).isTrue();
        assertThat(read("'topic':'cats','message':'x','retain':false").isPlain())
                .isTrue();
        assertThat(inQuery("").forMessage(true)).isSameAs(MessageOptions.NONE);
        assertThat(inQuery("retain=false").forMessage(true)).isSameAs(MessageOptions.NONE);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 60, 31_536_000})
    void ttlIsAWholeNumberOfSeconds(long seconds) {
        Optional<Duration> ttl = Optional.of(Duration.ofSeconds(seconds));
        assertThat(read("'topic':'cats','message':'x','ttl':" + seconds)
                        .options()
                        .ttl())
                .isEqualTo(ttl);
        assertThat(inQuery("ttl=" + seconds).forMessage(false).ttl()).isEqualTo(ttl);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "1.5",
                "1e18",
                "1e1",
                "31536001",
                "99999999999999999999999",
                "null",
                "'60'",
                "[60]",
                "true"
            })
    void otherTtlsAreRefused(String ttl) {
        assertThatThrownBy(() -> read("'topic':'cats','message':'x','ttl':" + ttl))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("ttl takes a whole number from 1 to 31536000");
    }

    @Test
    void excludeIsTheIdOfARegistration() {
        Optional<ClientId> id = ClientId.parse(ID);
        assertThat(read("'topic':'cats','message':'x','exclude':'" + ID + "'")
                        .options()
                        .exclude())
                .isEqualTo(id);
        assertThat(inQuery("exclude=" + ID).forMessage(false).exclude()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0123456789abcdef0123456789abcde",
                "0123456789abcdef0123456789abcdef0",
                "0123456789ABCDEF0123456789ABCDEF"
            })
    void anotherExcludeIsRefusedAndNotRepeatedSinceItMayBeACredential(String exclude) {
        assertThatThrownBy(() -> read("'topic':'cats','message':'x','exclude':'" + exclude + "'"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("exclude takes the id of a registration: 32 lowercase hex digits, as /register answers it");
    }

    @ParameterizedTest
    @CsvSource({"'\"x\"',VALUE", "1,VALUE", "'[null]',VALUE", "'\"null\"',VALUE", "'\"\"',VALUE", "null,CLEAR"})
    void aRetainedNullClearsTheValueAndAnyOtherMessageIsIt(String message, Retain kind) {
        for (String body :
                List.of("'topic':'cats','message':M,'retain':true", "'retain':true,'message':M,'topics':['cats']")) {
            assertThat(read(body.replace("M", message)).options().retain()).isEqualTo(kind);
        }
        assertThat(read("'topic':'cats','message':" + message).options().retain())
                .isEqualTo(Retain.NO);
    }

    @Test
    void theMessageThatClearsIsTheTextNull() {
        Message clearing = read("'topic':'cats','message':null,'retain':true");
        assertThat(clearing.text().toString()).isEqualTo("null");
        assertThat(inQuery("retain=true").forMessage(true).retain()).isEqualTo(Retain.CLEAR);
        assertThat(inQuery("retain=true").forMessage(false).retain()).isEqualTo(Retain.VALUE);
    }

    @Test
    void topicsStayInTheirOrder() {
        assertThat(read("'topics':['b','a','c'],'message':'x'").topics())
                .containsExactly(new Topic("b"), new Topic("a"), new Topic("c"));
        assertThat(read("'topics':" + topics(100) + ",'message':'x'").topics()).hasSize(100);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'topics':[]                           | topics is empty: name 1 to 100",
                "'topics':['a','b','a']                | topics has \"a\" twice",
                "'topics':['a','b.*']                  | \"b.*\" is a pattern",
                "'topics':['a','']                     | topic is empty",
                "'topics':['a',1]                      | a topic is not a string",
                "'topics':'a'                          | topics is not an array",
                "'topics':null                         | topics is not an array",
                "'topics':{}                           | topics is not an array",
                "'topic':'a','topics':['b']            | topic and topics exclude each other",
                "'topics':['b'],'topic':'a'            | topic and topics exclude each other",
                "'topic':'a','retain':1                | retain takes true or false",
                "'topic':'a','retain':'true'           | retain takes true or false",
                "'topic':'a','retain':null             | retain takes true or false",
                "'topic':'a','exclude':7               | exclude is not a string",
                "'topic':'a','exclude':null            | exclude is not a string",
                "'topic':'a','TTL':7                   | unknown field \"TTL\": there are topic or topics, message, user_id, ttl",
                "'user_id':1                           | topic is missing",
            })
    void whatIsWrongIsNamed(String fields, String detail) {
        assertThatThrownBy(() -> read(fields + ",'message':'x'"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(detail);
    }

    @Test
    void aMessageHas100TopicsAtMost() {
        assertThatThrownBy(() -> read("'topics':" + topics(101) + ",'message':'x'"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("topics has too many entries: at most 100 for a message");
    }

    private static String topics(int count) {
        return IntStream.range(0, count).mapToObj(i -> "'t" + i + "'").collect(Collectors.joining(",", "[", "]"));
    }

    private Message read(String fields) {
        String body = "{" + fields.replace('\'', '"') + "}";
        return PublishRequest.read(json, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
    }

    private static PublishOptions inQuery(String query) {
        return PublishOptions.in(
                Parameters.of(HttpURI.build("/publish/cats").query(query).asImmutable()));
    }
}
