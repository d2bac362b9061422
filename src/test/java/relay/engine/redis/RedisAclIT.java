package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.client.Overflow;
import relay.engine.Event;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.testing.RecordedLog;
import relay.testing.RedisCluster;
import relay.testing.RedisSentinels;
import relay.testing.RedisServer;

/** What a user of a real server has to be allowed: what "Several relays that act as one" says, and no more. */
class RedisAclIT {
    private static final Topic CATS = new Topic("cats");
    private static final UserId ANNA = new UserId("anna");
    private static final Path DOCUMENT = Path.of("src/site/markdown/many-relays.md");
    private static final Path SCRIPTS = Path.of("src/main/resources/relay/engine/redis");

    private static String url(RedisServer server) {
        return "redis://relay:a-long-secret@127.0.0.1:" + server.port();
    }

    /** The line of the document. */
    private static String documented() {
        return lines(DOCUMENT)
                .filter(line -> line.startsWith("user relay "))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String without(String... rules) {
        String line = documented();
        for (String rule : rules) {
            assertThat(line).contains(" " + rule);
            line = line.replaceFirst(" " + Pattern.quote(rule) + "(?= |$)", "");
        }
        return line;
    }

    @Test
    void theDocumentNamesTheCommandsOfTheScriptsAndNoOthers() throws IOException {
        Set<String> permitted = new TreeSet<>();
        Set<String> used = new TreeSet<>(Set.of("+evalsha", "+script|load", "+publish", "+subscribe", "+unsubscribe"));
        try (Stream<Path> scripts = Files.list(SCRIPTS)) {
            scripts.flatMap(RedisAclIT::lines).forEach(line -> {
                Matcher call = Pattern.compile("redis\\.p?call\\(\\s*'([A-Z]+)'(, 'STREAM')?")
                        .matcher(line);
                while (call.find()) {
                    used.add(("+" + call.group(1) + (call.group(2) == null ? "" : "|stream")).toLowerCase(Locale.ROOT));
                }
                // The script that asks for permissions.
                Matcher asked =
                        Pattern.compile("^ {2}\\{'([a-z]+)'(, 'stream')?").matcher(line);
                if (asked.find()) {
                    permitted.add(("+" + asked.group(1) + (asked.group(2) == null ? "" : "|stream"))
                            .toLowerCase(Locale.ROOT));
                }
            });
        }
        Set<String> documented = Stream.of(documented().split(" "))
                .filter(rule -> rule.startsWith("+"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented).isEqualTo(used);
        permitted.addAll(Set.of("+evalsha", "+script|load"));
        assertThat(permitted).as("asked for").isEqualTo(used);
    }

    @Test
    void theDocumentedUserMayDoAllThatIsNeeded() {
        try (RedisServer server = RedisServer.start(documented());
                TestEngine one = TestEngine.startHeard(url(server), "one", 100);
                TestEngine two =
                        TestEngine.starting(TestEngine.options(url(server) + "/2", 100), "two", TestEngine.QUICK)) {
            walk(one);
            hear(one);
            two.awaitTrouble("'select'");
            assertThat(server.ask("ACL", "LOG")).contains("select").doesNotContain("info");
            server.ask("ACL", "LOG", "RESET");
            server.ask("ACL", "SETUSER", "relay", "+select");
            two.awaitWorking();
            assertThat(two.publish(CATS, "another database").first().what()).isEqualTo("stored");
            assertThat(server.ask("ACL", "LOG")).isEmpty();
        }
    }

    private static void walk(TestEngine one) {
        one.follow(Optional.of(ANNA), CATS);
        for (int i = 0; i < 120; i++) {
            assertThat(one.publish(TestPublication.of(CATS, ANNA, "m" + i))
                            .first()
                            .what())
                    .isEqualTo("stored");
        }
        one.awaitMessages(120);
        for (int i = 0; i < 3; i++) {
            one.publish(new TestPublication(
                    new Message(
                            List.of(CATS, new Topic("dogs")),
                            Optional.of(ANNA),
                            Text.of("x".repeat(600_000)),
                            new MessageOptions(Optional.empty(), Optional.empty(), MessageOptions.Retain.VALUE)),
                    Optional.empty()));
        }
        one.awaitMessages(123);
        assertThat(one.receiver.messages.get(122).message().topics()).containsExactly(CATS);
        ClientId id = ClientId.random();
        assertThat(one.registrations()
                        .add(registration(id), Duration.ofMinutes(1))
                        .toCompletableFuture())
                .succeedsWithin(TestEngine.PATIENCE);
        assertThat(one.registrations().claim(id).toCompletableFuture()).succeedsWithin(TestEngine.PATIENCE);
        assertThat(one.registrations().of(ANNA).toCompletableFuture())
                .succeedsWithin(TestEngine.PATIENCE)
                .isEqualTo(List.of(id));
        assertThat(one.registrations().revoke(ANNA).toCompletableFuture()).succeedsWithin(TestEngine.PATIENCE);
        assertThat(one.registrations().remove(id).toCompletableFuture()).succeedsWithin(TestEngine.PATIENCE);
        assertThat(one.engine.trouble()).isEmpty();
    }

    /** All scripts of the events. */
    private static void hear(TestEngine one) {
        MessageId missed = one.publish(new TestPublication(
                        new Message(
                                List.of(CATS),
                                Optional.of(ANNA),
                                Text.of("soon over"),
                                MessageOptions.of(
                                        Optional.of(Duration.ofSeconds(1)),
                                        Optional.empty(),
                                        MessageOptions.Retain.NO)),
                        Optional.empty()))
                .first()
                .id()
                .orElseThrow();
        Event undelivered = new Event.Undelivered(missed, List.of(CATS), Optional.of(ANNA), Optional.empty());
        one.outbox().add(undelivered);
        one.outbox().received(1);
        try (TestSender sender = TestSender.start(one)) {
            await().atMost(TestEngine.PATIENCE)
                    .untilAsserted(() -> assertThat(sender.events()).hasSize(4).endsWith(undelivered, undelivered));
        }
        one.outbox().stop();
    }

    @Test
    void whatOnlyEventsNeedIsMissedOnlyWhereTheBackendHearsOfThem() {
        try (RedisServer server = RedisServer.start(without("+zrangebyscore"));
                TestEngine plain = TestEngine.start(url(server), "plain");
                TestEngine heard =
                        TestEngine.starting(TestEngine.options(url(server), 100, 100), "heard", TestEngine.QUICK)) {
            heard.awaitTrouble("needs +zrangebyscore on");
            assertThat(plain.engine.trouble()).isEmpty();
        }
    }

    private static Registration registration(ClientId id) {
        return new Registration(
                id,
                ANNA,
                Map.of(CATS, 0L),
                TopicFilter.ANY,
                TopicFilter.ANY,
                TopicFilter.NONE,
                Duration.ofMinutes(1),
                Overflow.CLOSE,
                Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "+xadd, needs +xadd on ~{relay}:* and &{relay}:*",
        "+xinfo|stream, needs +xinfo on",
        "&{relay}:*, needs +publish +subscribe on",
        "~{relay}:*, +zscore on ~{relay}:*",
        "+time, needs +time",
        "+evalsha, 'evalsha'",
        "+script|load, 'script|load'",
    })
    void whatTheUserLacksIsNamedOnce(String rule, String said) {
        try (RedisServer server = RedisServer.start(without(rule));
                RecordedLog log = RecordedLog.start();
                TestEngine one = TestEngine.starting(TestEngine.options(url(server), 100), "one", TestEngine.QUICK)) {
            one.awaitTrouble(said, ":" + server.port());
            server.ask("ACL", "SETUSER", "relay", rule);
            one.awaitWorking();
            assertThat(log.warnings()).singleElement().asString().contains(said);
        }
    }

    @Test
    void aPermissionThatIsTakenAwayIsNamedAsSoonAsItIsMissed() {
        try (RedisServer server = RedisServer.start(documented());
                TestEngine one = TestEngine.start(url(server), "one")) {
            server.ask("ACL", "SETUSER", "relay", "-xadd");
            assertThat(one.publish(CATS, "no").first().detail()).contains("not published");
            one.awaitTrouble("needs +xadd");
            server.ask("ACL", "SETUSER", "relay", "+xadd");
            one.awaitWorking();
            assertThat(one.publish(CATS, "yes").first().what()).isEqualTo("stored");
        }
    }

    @Test
    void withoutInfoANewRunOfTheServerIsAnotherEpochAndAReplicaToo() {
        try (RedisServer server = RedisServer.start(documented(), RedisServer.APPEND_ALWAYS);
                RedisServer replica = RedisServer.replicaOf(server, documented())) {
            MessageId first;
            try (TestEngine one = TestEngine.start(url(server), "one");
                    TestEngine two = TestEngine.start(url(server), "two")) {
                first = stored(one);
                assertThat(stored(two).epoch()).isEqualTo(first.epoch());
                server.restart();
                await().atMost(TestEngine.PATIENCE)
                        .until(() -> List.of(one, two).stream()
                                        .allMatch(engine ->
                                                engine.engine.trouble().isEmpty())
                                && !stored(one).epoch().equals(first.epoch())
                                && stored(one).epoch().equals(stored(two).epoch()));
            }
            MessageId second;
            try (TestEngine one = TestEngine.start(url(server), "one")) {
                second = stored(one);
                assertThat(second.epoch()).isNotEqualTo(first.epoch());
            }
            await().atMost(TestEngine.PATIENCE)
                    .until(() -> replica.ask("HVALS", "{relay}:log").contains(String.valueOf(second.sequence())));
            replica.ask("REPLICAOF", "NO", "ONE");
            try (TestEngine one = TestEngine.start(url(replica), "one")) {
                assertThat(stored(one).epoch()).isNotEqualTo(second.epoch());
                assertThat(stored(one).sequence()).isGreaterThan(second.sequence());
            }
        }
    }

    private static MessageId stored(TestEngine engine) {
        TestPublication publication = engine.publish(CATS, "hello");
        return publication.first().id().orElse(new MessageId("none", 0));
    }

    @Test
    void oneRelayThatMayAskForInfoAndOneThatMayNotAgreeOnTheRun() {
        try (RedisServer server = RedisServer.start(documented());
                TestEngine one = TestEngine.start(server.url(), "one");
                TestEngine two = TestEngine.start(url(server), "two")) {
            one.awaitWorking();
            await().atMost(TestEngine.PATIENCE)
                    .until(() -> stored(one).epoch().equals(stored(two).epoch()));
            String epoch = stored(one).epoch();
            try (TestEngine three = TestEngine.start(server.url(), "three");
                    TestEngine four = TestEngine.start(url(server), "four")) {
                assertThat(List.of(one, two, three, four))
                        .allMatch(engine -> stored(engine).epoch().equals(epoch));
            }
        }
    }

    @Test
    void sentinelsMayWantAUserAndAPasswordOfTheirOwn() {
        try (RedisSentinels sentinels = RedisSentinels.start(0, documented())) {
            sentinels.askSentinels("ACL", "SETUSER", "watcher", "on", ">other", "+sentinel|get-master-addr-by-name");
            String url = sentinels.url("relay:a-long-secret@");
            try (TestEngine one =
                            TestEngine.start(url.replace("#", "?sentinelUser=watcher&sentinelPassword=other#"), "one");
                    TestEngine two = TestEngine.starting(
                            TestEngine.options(url.replace("#", "?sentinelUser=watcher&sentinelPassword=wrong#"), 100),
                            "two",
                            TestEngine.QUICK)) {
                walk(one);
                await().atMost(TestEngine.PATIENCE)
                        .untilAsserted(() -> assertThat(two.engine.trouble().orElseThrow())
                                .contains("no Sentinel says", "WRONGPASS")
                                .doesNotContain("wrong"));
            }
        }
    }

    @Test
    void inAClusterTheUserNeedsToAskForTheSlotsToo() {
        try (RedisCluster cluster = RedisCluster.start("relay", documented() + " +cluster|slots");
                TestEngine one = TestEngine.startHeard(cluster.url("relay:a-long-secret@"), "one", 100)) {
            walk(one);
            hear(one);
        }
    }
}
