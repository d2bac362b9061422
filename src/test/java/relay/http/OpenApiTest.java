package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.http.OpenApiCases.Case;
import relay.testing.Api.Answer;
import relay.testing.ApiDescription;
import relay.testing.HookFlags;
import relay.testing.TestJson;
import relay.uri.Route;

/** {@code GET /openapi.json} says what the relay does: no more, no less. */
class OpenApiTest {
    private static final String JSON_TYPE = "application/json";

    /** What {@code RequestTimesTest} brings about, with a clock of its own. */
    private static final String BROUGHT_ABOUT_ELSEWHERE = "408";

    @AutoClose
    private static final TestRelay relay = TestRelay.start(HookFlags.toNowhere());

    private static final ApiDescription described =
            ApiDescription.byOpenApi(relay.api().get("/openapi.json").json());

    private static final OpenApiCases cases = new OpenApiCases(relay);

    @Test
    void itIsAValidDocument() {
        assertThat(described.faults()).isEmpty();
    }

    @Test
    void itHasEveryPathOfTheServerButThoseOfTheConsolesFiles() {
        Set<String> paths = new HashSet<>();
        described.at("paths").fieldNames().forEachRemaining(paths::add);
        assertThat(paths)
                .contains("/publish/{topic}", "/ws/{id}")
                .isEqualTo(EnumSet.complementOf(EnumSet.of(Route.CONSOLE_FILE)).stream()
                        .map(Route::pattern)
                        .collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CONSOLE_FILE")
    void itHasTheMethodsTheRightAndTheRateOfTheTable(Route route) {
        Set<String> described = new TreeSet<>();
        OpenApiTest.described.at("paths", route.pattern()).properties().stream()
                .filter(part -> !part.getKey().equals("parameters"))
                .forEach(operation -> {
                    JsonNode responses = operation.getValue().path("responses");
                    described.add(operation.getKey().toUpperCase(Locale.ROOT));
                    assertThat(operation.getValue().path("security").isMissingNode() && responses.has("401"))
                            .isEqualTo(route.right().isPresent());
                    assertThat(responses.has("429")).isEqualTo(route.rate() != Route.Rate.UNLIMITED);
                });
        assertThat(described)
                .isEqualTo(route.methods().stream()
                        .filter(method -> !Set.of("HEAD", "OPTIONS").contains(method))
                        .collect(Collectors.toSet()));
    }

    @Test
    void itHasEveryMethodOfEachPathAndNoOther() {
        described.at("paths").fieldNames().forEachRemaining(path -> {
            for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE")) {
                boolean isDescribed = described.at("paths", path).has(method.toLowerCase(Locale.ROOT));
                Answer answer = cases.answer(method, path);
                assertThat(answer.status() != 404 && answer.status() != 405)
                        .as("%s %s is answered with %s", method, path, answer.status())
                        .isEqualTo(isDescribed);
                if (!isDescribed) {
                    assertThat(answer.status()).isEqualTo(405);
                    assertMatches(anyMethod(path), path, "default", answer);
                }
            }
        });
    }

    static Stream<Case> answers() {
        return cases.all();
    }

    @ParameterizedTest
    @MethodSource("answers")
    void itTellsOfThisAnswer(Case one) {
        Answer answer = one.answer().get();
        assertThat(answer.status()).as(answer.body()).isEqualTo(one.status());
        assertMatches(one.method(), one.path(), String.valueOf(one.status()), answer);
    }

    @Test
    void everyAnswerThatItTellsOfHasBeenBroughtAbout() {
        Set<String> told = new TreeSet<>();
        described.at("paths").properties().stream()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(operation -> operation
                                .getValue()
                                .path("responses")
                                .fieldNames()
                                .forEachRemaining(
                                        status -> told.add(operation.getKey() + " " + path.getKey() + " " + status))));
        told.removeIf(answer -> answer.endsWith(" default") || answer.endsWith(BROUGHT_ABOUT_ELSEWHERE));
        assertThat(told).contains("post /register 503");
        assertThat(cases.all().map(Case::toString)).containsAll(told);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/register", "/publish"})
    void itsExamplesAreTaken(String path) {
        requestBody(path)
                .properties()
                .forEach(body -> body.getValue().path("examples").forEach(example -> {
                    JsonNode value = example.get("value");
                    assertThat(described.faults(body.getValue().get("schema"), value))
                            .isEmpty();
                    Answer answer = relay.api()
                            .send(
                                    "POST",
                                    path,
                                    value.isTextual() ? value.asText() : value.toString(),
                                    "Content-Type",
                                    body.getKey());
                    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/register", "/publish"})
    void aFieldThatItDoesNotHaveIsRefused(String path) {
        JsonNode body = requestBody(path).get(JSON_TYPE);
        body.path("examples").forEach(example -> {
            ObjectNode surprising = example.get("value").<ObjectNode>deepCopy().put("surprise", 1);
            assertThat(described.faults(body.get("schema"), surprising)).isNotEmpty();
            Answer answer = relay.api().post(path, surprising.toString());
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.detail()).contains("\"surprise\"");
        });
    }

    static final List<String> REGISTRATIONS = List.of(
            "{'user_id':0}",
            "{'user_id':-1}",
            "{'user_id':18446744073709551615}",
            "{'user_id':18446744073709551616}",
            "{'user_id':1.5}",
            "{'user_id':true}",
            "{'user_id':null}",
            "{'user_id':[1]}",
            "{'user_id':''}",
            "{'user_id':'" + "ü".repeat(256) + "'}",
            "{'user_id':'" + "😀".repeat(256) + "'}",
            "{'user_id':'" + "x".repeat(257) + "'}",
            "{'user_id':1,'topics':[]}",
            "{'user_id':1,'topics':['']}",
            "{'user_id':1,'topics':['a\\n']}",
            "{'user_id':1,'topics':['\\u0085']}",
            "{'user_id':1,'topics':['\\u007f']}",
            "{'user_id':1,'topics':['a b/ü 😀']}",
            "{'user_id':1,'topics':['" + "x".repeat(257) + "']}",
            "{'user_id':1,'topics':[1]}",
            "{'user_id':1,'topics':'cats'}",
            "{'user_id':1,'topics':['a.*']}",
            "{'user_id':1,'topics':['*']}",
            "{'user_id':1,'topics':['**']}",
            "{'user_id':1,'topics':['a.*.b.**']}",
            "{'user_id':1,'topics':['a.**.b']}",
            "{'user_id':1,'topics':['a*.*']}",
            "{'user_id':1,'topics':['a..*']}",
            "{'user_id':1,'topics':['*.']}",
            "{'user_id':1,'topics':['.**']}",
            "{'user_id':1,'topics':" + patterns(100) + "}",
            "{'user_id':1,'topics':['a.*b','c*','***','.']}",
            "{'user_id':1,'topics':null}",
            "{'user_id':1,'allow':[]}",
            "{'user_id':1,'allow':['*']}",
            "{'user_id':1,'allow':['a.*.b','.','..']}",
            "{'user_id':1,'allow':['a*']}",
            "{'user_id':1,'allow':['a.**']}",
            "{'user_id':1,'allow':['**','a.b.**','*.**','a..b']}",
            "{'user_id':1,'allow':['a.**.b']}",
            "{'user_id':1,'allow':['a..*']}",
            "{'user_id':1,'allow':['***']}",
            "{'user_id':1,'allow':['']}",
            "{'user_id':1,'keep':0}",
            "{'user_id':1,'keep':60}",
            "{'user_id':1,'keep':-1}",
            "{'user_id':1,'keep':'60'}",
            "{'user_id':1,'keep':0.5}",
            "{'user_id':1,'overflow':'close'}",
            "{'user_id':1,'overflow':'catchup','keep':60}",
            "{'user_id':1,'overflow':'close','keep':60}",
            "{'user_id':1,'overflow':'catchup'}",
            "{'user_id':1,'overflow':'catchup','keep':0}",
            "{'user_id':1,'overflow':'latest','keep':60}",
            "{'user_id':1,'overflow':'Catchup','keep':60}",
            "{'user_id':1,'overflow':null}",
            "{'user_id':1,'overflow':true}",
            "{'user_id':1,'User_id':1}",
            "[]",
            "1",
            "null");

    static final List<String> MESSAGES = List.of(
            "{'topic':'cats','message':''}",
            "{'topic':'cats','message':null}",
            "{'topic':'cats','message':[{'any':1}]}",
            "{'topic':'cats','message':1.5}",
            "{'topic':'cats'}",
            "{'topic':'a.**.b','message':'x'}",
            "{'topic':'*.','message':'x'}",
            "{'topic':'*a.**b','message':'x'}",
            "{'message':'x'}",
            "{}",
            "{'topic':'','message':'x'}",
            "{'topic':'\\u0000','message':'x'}",
            "{'topic':7,'message':'x'}",
            "{'topic':['cats'],'message':'x'}",
            "{'topic':'cats','message':'x','user_id':null}",
            "{'topic':'cats','message':'x','user_id':'1'}",
            "{'topic':'cats','message':'x','user_id':1}",
            "{'topic':'cats','message':'x','user_id':''}",
            "{'topic':'cats','message':'x','user_id':-1}",
            "{'topic':'cats','message':'x','user_id':{}}",
            "{'topic':'cats','message':'x','userid':1}",
            "{'topics':['cats'],'message':'x'}",
            "{'topics':['cats','a*','dogs'],'message':'x'}",
            "{'topics':[],'message':'x'}",
            "{'topics':['cats','cats'],'message':'x'}",
            "{'topics':['cats','a.*'],'message':'x'}",
            "{'topics':['cats',1],'message':'x'}",
            "{'topics':'cats','message':'x'}",
            "{'topics':null,'message':'x'}",
            "{'topic':'cats','topics':['cats'],'message':'x'}",
            "{'topic':'cats','topics':[],'message':'x'}",
            "{'topics':" + topics(100) + ",'message':'x'}",
            "{'topics':" + topics(101) + ",'message':'x'}",
            "{'topic':'cats','message':'x','ttl':1}",
            "{'topic':'cats','message':'x','ttl':31536000}",
            "{'topic':'cats','message':'x','ttl':31536001}",
            "{'topic':'cats','message':'x','ttl':0}",
            "{'topic':'cats','message':'x','ttl':-1}",
            "{'topic':'cats','message':'x','ttl':1.5}",
            "{'topic':'cats','message':'x','ttl':1e18}",
            "{'topic':'cats','message':'x','ttl':'60'}",
            "{'topic':'cats','message':'x','ttl':null}",
            "{'topic':'cats','message':'x','exclude':'0123456789abcdef0123456789abcdef'}",
            "{'topic':'cats','message':'x','exclude':'0123456789abcdef0123456789abcde'}",
            "{'topic':'cats','message':'x','exclude':'0123456789abcdef0123456789abcdef0'}",
            "{'topic':'cats','message':'x','exclude':'0123456789ABCDEF0123456789ABCDEF'}",
            "{'topic':'cats','message':'x','exclude':''}",
            "{'topic':'cats','message':'x','exclude':null}",
            "{'topic':'cats','message':'x','exclude':['0123456789abcdef0123456789abcdef']}",
            "{'topic':'cats','message':'x','retain':true}",
            "{'topic':'cats','message':null,'retain':true}",
            "{'topic':'cats','message':'x','retain':false}",
            "{'topic':'cats','message':'x','retain':true,'user_id':1}",
            "{'topic':'cats','message':'x','retain':'true'}",
            "{'topic':'cats','message':'x','retain':1}",
            "{'topic':'cats','message':'x','retain':null}",
            "{'topic':'cats','message':'x','confirm':'1s'}",
            "[]");

    @ParameterizedTest
    @FieldSource("REGISTRATIONS")
    void aRegistrationIsTakenExactlyIfItSaysSo(String body) {
        assertTakenExactlyIfItSaysSo("/register", body.replace('\'', '"'));
    }

    @ParameterizedTest
    @FieldSource("MESSAGES")
    void aMessageIsTakenExactlyIfItSaysSo(String body) {
        assertTakenExactlyIfItSaysSo("/publish", body.replace('\'', '"'));
    }

    /** So many patterns, as an array. */
    private static String patterns(int count) {
        return topics(count).replace("t.", "t.*.");
    }

    /** So many topics, as an array. */
    private static String topics(int count) {
        return IntStream.range(0, count).mapToObj(i -> "'t." + i + "'").collect(Collectors.joining(",", "[", "]"));
    }

    private static void assertTakenExactlyIfItSaysSo(String path, String body) {
        List<String> faults =
                described.faults(requestBody(path).get(JSON_TYPE).get("schema"), TestJson.valueOrText(body));
        Answer answer = relay.api().post(path, body);
        assertThat(answer.status())
                .as("%s, by the schema %s", answer.body(), faults)
                .isEqualTo(faults.isEmpty() ? 200 : 400);
    }

    private static JsonNode requestBody(String path) {
        return described.at("paths", path, "post", "requestBody", "content");
    }

    private static void assertMatches(String method, String path, String status, Answer answer) {
        JsonNode response = described.at("paths", path, method, "responses", status);
        assertThat(response.isObject()).as("%s %s %s", method, path, status).isTrue();
        JsonNode content = response.path("content");
        if (content.isEmpty()) {
            assertThat(answer.body()).isEmpty();
        } else {
            String type = answer.header("Content-Type").replaceFirst(";.*", "").strip();
            assertThat(content.fieldNames()).toIterable().contains(type);
            if (type.endsWith("/json") || type.endsWith("+json")) {
                assertThat(described.faults(content.get(type).get("schema"), answer.json()))
                        .as(answer.body())
                        .isEmpty();
            }
        }
        response.path("headers").properties().forEach(header -> {
            JsonNode declared = described.resolved(header.getValue());
            String text = answer.header(header.getKey());
            boolean isNumber = declared.at("/schema/type").asText().equals("integer");
            JsonNode value = isNumber ? TestJson.valueOrText(text) : TestJson.text(text);
            if (declared.path("required").asBoolean() || !text.isEmpty()) {
                assertThat(described.faults(declared.get("schema"), value))
                        .as(text)
                        .isEmpty();
            }
        });
    }

    private static String anyMethod(String path) {
        return described.at("paths", path).properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> !name.equals("parameters"))
                .findFirst()
                .orElseThrow();
    }
}
