package relay.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import relay.client.ClientInfo;
import relay.client.Overflow;
import relay.engine.Peers;
import relay.hub.Directory;
import relay.json.Json;
import relay.json.MessageJson;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.SendQueue;

/**
 * Lists the clients of this relay, page by page. Of each id it shows the first eight digits. In a group of relays a cursor
 * starts with the name of the relay that it belongs to; any relay forwards it there, so a listing is complete wherever its
 * pages are asked for. For any thread.
 */
final class ClientListing {
    /** A page ends after this many topics, whatever its limit: one client may have a thousand. */
    private static final int MOST_TOPICS = 10_000;

    /** The same for a page that another relay asks for: it travels through the engine, together with messages. */
    private static final int MOST_TOPICS_FOR_OTHERS = 1000;

    private static final Pattern OF_RELAY = Pattern.compile("([0-9a-z]{1,32})\\.(.*)");

    /** {@code <limit> <cursor>} or {@code <limit> <cursor> <user>} */
    private static final Pattern QUESTION = Pattern.compile("(\\d+) (\\S+)(?: (.+))?", Pattern.DOTALL);

    /** What relays call these among their questions. */
    private static final String QUESTIONS = "clients";

    private static final byte[] NO_SUCH_CURSOR = {};

    private final Json json;
    private final Directory directory;
    private final InstantSource clock;
    private final @Nullable String relay;
    private final Optional<Peers> peers;
    private final Executor apart;
    private final CursorSeal cursors = new CursorSeal();

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Page(
            @Nullable String relay,
            List<Line> clients,
            @Nullable String next) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(
            String id,
            @JsonProperty("user_id") @Nullable Object userId,
            List<String> topics,
            boolean connected,
            @Nullable String overflow,
            @JsonProperty("queue_bytes") int queueBytes,
            @Nullable String since) {}

    /**
     * @param relay the name of this relay, for people; empty if it is alone
     * @param peers the other relays
     * @param apart runs what takes long: writing pages for other relays
     */
    ClientListing(
            Json json,
            Directory directory,
            InstantSource clock,
            Optional<String> relay,
            Optional<Peers> peers,
            Executor apart) {
        this.json = json;
        this.directory = directory;
        this.clock = clock;
        this.relay = relay.orElse(null);
        this.peers = peers;
        this.apart = apart;
        peers.ifPresent(others -> others.answerWith(QUESTIONS, this::answer));
    }

    /**
     * Finds a page.
     *
     * @param after the cursor that the page starts after
     * @return writes the page as JSON, which takes a while
     * @throws InvalidInputException if there is no such cursor
     */
    CompletionStage<Supplier<byte[]>> page(Optional<UserId> user, int limit, Optional<String> after) {
        if (after.isEmpty() || peers.isEmpty()) {
            return own(user, limit, after.map(cursor -> cursors.open(cursor)), MOST_TOPICS);
        }
        Matcher cursor = OF_RELAY.matcher(after.get());
        if (!cursor.matches()) {
            throw CursorSeal.unknown();
        }
        return cursor.group(1).equals(peers.get().name())
                ? own(user, limit, Optional.of(cursors.open(cursor.group(2))), MOST_TOPICS)
                : other(cursor.group(1), user, limit + " " + cursor.group(2));
    }

    private CompletionStage<Supplier<byte[]>> own(
            Optional<UserId> user, int limit, Optional<ClientId> after, int mostTopics) {
        CompletableFuture<Supplier<byte[]>> result = new CompletableFuture<>();
        Consumer<Directory.ClientPage> found = page -> result.complete(() -> json.write(page(page, mostTopics)));
        user.ifPresentOrElse(
                one -> directory.clientsOf(one, after, limit, found), () -> directory.clients(after, limit, found));
        return result;
    }

    private CompletionStage<Supplier<byte[]>> other(String name, Optional<UserId> user, String question) {
        return peers.orElseThrow()
                .ask(
                        name,
                        QUESTIONS,
                        question + user.map(one -> " " + one.value()).orElse(""))
                .thenApply(answer -> () -> answer.filter(page -> page.length > 0)
                        .orElseThrow(() -> new InvalidInputException(
                                answer.isPresent()
                                        ? "after is no cursor of these relays: send next unchanged, or begin again without after"
                                        : "after is of a relay that is gone: begin again without after")));
    }

    /** Called by threads of the engine and of workers, so it must not fail. */
    private CompletionStage<byte[]> answer(String question) {
        Matcher asked = QUESTION.matcher(question);
        if (!asked.matches()) {
            return CompletableFuture.completedStage(NO_SUCH_CURSOR);
        }
        try {
            return own(
                            Optional.ofNullable(asked.group(3)).map(UserId::new),
                            Integer.parseInt(asked.group(1)),
                            Optional.of(cursors.open(asked.group(2))),
                            MOST_TOPICS_FOR_OTHERS)
                    .thenApplyAsync(Supplier::get, apart);
        } catch (InvalidInputException e) {
            return CompletableFuture.completedStage(NO_SUCH_CURSOR);
        }
    }

    private Page page(Directory.ClientPage found, int mostTopics) {
        List<Line> lines = new ArrayList<>();
        int topics = 0;
        for (ClientInfo entry : found.clients()) {
            if (topics >= mostTopics) {
                return new Page(
                        relay,
                        lines,
                        cursor(found.clients().get(lines.size() - 1).client().id()));
            }
            lines.add(line(entry));
            topics += lines.get(lines.size() - 1).topics().size();
        }
        return new Page(relay, lines, found.next().map(this::cursor).orElse(null));
    }

    private String cursor(ClientId last) {
        return peers.map(others -> others.name() + ".").orElse("") + cursors.seal(last);
    }

    private Line line(ClientInfo entry) {
        return new Line(
                entry.client().id().toString(),
                entry.client().user().map(MessageJson::numberOrText).orElse(null),
                entry.topics().stream().map(Topic::name).sorted().toList(),
                entry.queue().isPresent(),
                entry.client().overflow() == Overflow.CLOSE
                        ? null
                        : entry.client().overflow().toString(),
                entry.queue().map(SendQueue::bytes).orElse(0),
                since(entry).map(ClientListing::inSeconds).orElse(null));
    }

    /** The time when it connected or, if it is not connected, when it was registered or disconnected. */
    private Optional<Instant> since(ClientInfo entry) {
        return entry.queue()
                .map(queue -> Instant.ofEpochMilli(queue.connection().openedMillis()))
                .or(() -> entry.timeWithoutConnection().map(clock.instant()::minus));
    }

    private static String inSeconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
