package relay.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import relay.testing.Api.Registered;
import relay.testing.LossChecker.Frame;
import relay.testing.LossChecker.GapFrame;
import relay.testing.LossChecker.Life;
import relay.testing.LossChecker.Taken;

/**
 * A client with {@code keep} that goes from relay to relay, by itself and because they are killed, until it has the last
 * message of each of its topics. One thread.
 */
public final class RoamingClient implements Callable<List<Life>> {
    /** What the last message of each topic begins with. */
    public static final String END = "end of ";

    private static final int KEEP_SECONDS = 600;
    private static final long LONGEST_STAY_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long LONGEST_WAIT_FOR_END_NANOS = TimeUnit.SECONDS.toNanos(40);

    /** How it takes its messages. */
    public enum Kind {
        TEXTS(""),
        ENVELOPES("?format=json"),
        /** It keeps its cursor itself. */
        OWN_CURSOR("?format=json"),
        /** It connects only when all is published. */
        LATE("?format=json");

        private final String query;

        Kind(String query) {
            this.query = query;
        }
    }

    private final String name;
    private final Relays relays;
    private final Kind kind;
    private final int user;
    private final List<String> topics;
    private final Random random;
    private final CountDownLatch allPublished;

    private final List<Life> lives = new ArrayList<>();
    private final Set<String> ends = new HashSet<>();
    private List<Frame> frames = new ArrayList<>();
    private long openedAt = Long.MAX_VALUE;
    private String lastId = "";

    /** @param allPublished open once the last messages have been published */
    public RoamingClient(
            Relays relays, Kind kind, int user, List<String> topics, Random random, CountDownLatch allPublished) {
        this.name = kind + " of " + user + " for " + topics;
        this.relays = relays;
        this.kind = kind;
        this.user = user;
        this.topics = List.copyOf(topics);
        this.random = random;
        this.allPublished = allPublished;
    }

    @Override
    public List<Life> call() throws InterruptedException {
        String id = register();
        if (kind == Kind.LATE) {
            openedAt = System.nanoTime();
            allPublished.await();
        }
        long publishedAt = Long.MAX_VALUE;
        while (ends.size() < topics.size()
                && (publishedAt == Long.MAX_VALUE || System.nanoTime() - publishedAt < LONGEST_WAIT_FOR_END_NANOS)) {
            if (publishedAt == Long.MAX_VALUE && allPublished.getCount() == 0) {
                publishedAt = System.nanoTime();
            }
            if (!visit(id)) {
                endLife(!cursor().isEmpty());
                id = register();
            }
        }
        lives.add(new Life(name, user, Set.copyOf(topics), openedAt, true, frames));
        return lives;
    }

    /** The registration is lost: the next one knows nothing of what this one has received, unless the client does. */
    private void endLife(boolean goesOn) {
        if (!goesOn) {
            lives.add(new Life(name, user, Set.copyOf(topics), openedAt, false, frames));
            frames = new ArrayList<>();
            openedAt = Long.MAX_VALUE;
        }
    }

    private String register() throws InterruptedException {
        while (true) {
            OptionalInt port = relays.anyPort(random);
            if (port.isPresent()) {
                try {
                    Registered client =
                            new Api(port.getAsInt()).registerKept(user, KEEP_SECONDS, topics.toArray(String[]::new));
                    return client.id();
                } catch (AssertionError refused) {
                    rest();
                }
            } else {
                rest();
            }
        }
    }

    /** Connects anywhere and stays for a while; whether the registration is still there. */
    private boolean visit(String id) throws InterruptedException {
        OptionalInt port = relays.anyPort(random);
        if (port.isEmpty()) {
            rest();
            return true;
        }
        try (RawSocket socket = RawSocket.connectReadingAhead(port.getAsInt())) {
            String head =
                    socket.send(RawSocket.handshake(id + kind.query + cursor())).readHead();
            if (head.startsWith("HTTP/1.1 101 ")) {
                openedAt = Math.min(openedAt, System.nanoTime());
                receive(socket, System.nanoTime() + (long) (random.nextDouble() * LONGEST_STAY_NANOS));
                return true;
            }
            rest();
            return !head.startsWith("HTTP/1.1 404 ");
        } catch (IOException cut) {
            rest();
            return true;
        }
    }

    private String cursor() {
        return kind == Kind.OWN_CURSOR && !lastId.isEmpty() ? "&after=" + lastId : "";
    }

    private void rest() throws InterruptedException {
        allPublished.await(10 + random.nextInt(40), TimeUnit.MILLISECONDS);
    }

    /** As every client of the protocol does it: takes what comes, and answers each ping with its payload. */
    private void receive(RawSocket socket, long leaveAt) throws IOException {
        while (ends.size() < topics.size() && (System.nanoTime() < leaveAt || allPublished.getCount() == 0)) {
            RawSocket.Frame frame = socket.readFrame();
            if (frame.opCode() == RawSocket.TEXT) {
                take(frame.text());
            } else if (frame.opCode() == RawSocket.PING) {
                socket.send(
                        RawSocket.frame(0x80 | RawSocket.PONG, frame.payload().array()));
            } else {
                return;
            }
        }
    }

    private void take(String text) {
        JsonNode value = TestJson.valueOrText(text);
        if (value.has("gap")) {
            JsonNode gap = value.get("gap");
            frames.add(new GapFrame(
                    gap.get("topic").asText(), sequence(gap.get("after").asText())));
        } else if (kind == Kind.TEXTS) {
            taken(text, OptionalLong.empty());
        } else {
            lastId = value.get("id").asText();
            taken(value.get("message").asText(), OptionalLong.of(sequence(lastId)));
        }
    }

    private void taken(String text, OptionalLong sequence) {
        frames.add(new Taken(text, sequence));
        if (text.startsWith(END)) {
            ends.add(text);
        }
    }

    private static long sequence(String id) {
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }
}
