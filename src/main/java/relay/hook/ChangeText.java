package relay.hook;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import relay.engine.Event;
import relay.engine.Outbox.Entry;
import relay.json.Json;
import relay.json.JsonValue;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * A {@link Change} as a line of the file: the checksum of what follows (CRC-32C, eight hex digits), a space, a JSON object, a line feed.
 * For one thread.
 */
final class ChangeText {
    /** The first line of a file says its format. */
    static final int FORMAT = 1;

    /** No line is longer: the longest event is of a message with a hundred topics. */
    static final int MOST_LINE = 1 << 18;

    private static final int DEPTH = 2;
    private static final int OBJECT_AT = 9;
    private static final HexFormat HEX = HexFormat.of();

    private final Json json = new Json(DEPTH);

    private record Head(int format) {}

    private record DropLine(String drop) {}

    private record BatchLine(String batch) {}

    private record TakenLine(String taken) {}

    private record ReachedLine(String reached) {}

    private record MissedLine(long missed) {}

    private record ReceivedLine(long received) {}

    private record UnwatchedLine(long unwatched) {}

    private record PresentLine(String present, String user) {}

    private record ClientLine(String add, long time, long dropped, String type, String client, String user) {}

    private record MessageLine(
            String add,
            long time,
            long dropped,
            String type,
            String message,
            List<String> topics,
            @Nullable String user,
            @Nullable Integer queued,
            @Nullable Integer acknowledged) {}

    private record WatchLine(
            long watch,
            String message,
            List<String> topics,
            @Nullable String user) {}

    /** A file was written by a newer relay. */
    static final class NewerFormatException extends Exception {
        private static final long serialVersionUID = 1;

        NewerFormatException(long format) {
            super("its format is " + format);
        }
    }

    /** The first line of a file. */
    byte[] head() {
        return headOf(FORMAT);
    }

    byte[] headOf(int format) {
        return line(new Head(format));
    }

    /** The line of a change, with its end. */
    byte[] line(Change change) {
        return line(record(change));
    }

    /** The lines of changes. */
    byte[] lines(List<Change> changes) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        changes.forEach(change -> lines.writeBytes(line(change)));
        return lines.toByteArray();
    }

    /**
     * Reads a line, without its end; empty if it is the first.
     *
     * @throws InvalidInputException if it is damaged
     */
    Optional<Change> read(byte[] line) throws NewerFormatException {
        if (line.length < OBJECT_AT || !isSound(line)) {
            throw new InvalidInputException("its checksum is wrong");
        }
        Fields fields = new Fields();
        json.readObject(new String(line, OBJECT_AT, line.length - OBJECT_AT, StandardCharsets.UTF_8), fields::read);
        if (fields.kind.equals("format")) {
            if (fields.number > FORMAT) {
                throw new NewerFormatException(fields.number);
            }
            return Optional.empty();
        }
        return Optional.of(fields.change());
    }

    private static boolean isSound(byte[] line) {
        String checksum = new String(line, 0, OBJECT_AT, StandardCharsets.ISO_8859_1);
        return checksum.equals(checksum(line, OBJECT_AT) + " ");
    }

    private static String checksum(byte[] bytes, int from) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, from, bytes.length - from);
        return HEX.toHexDigits((int) checksum.getValue());
    }

    private byte[] line(Record content) {
        byte[] object = json.write(content);
        byte[] line = new byte[OBJECT_AT + object.length + 1];
        byte[] checksum = (checksum(object, 0) + " ").getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(checksum, 0, line, 0, OBJECT_AT);
        System.arraycopy(object, 0, line, OBJECT_AT, object.length);
        line[line.length - 1] = '\n';
        return line;
    }

    private static Record record(Change change) {
        if (change instanceof Change.Added added) {
            return record(added.entry());
        } else if (change instanceof Change.Watched watched) {
            Event.Undelivered event = watched.event();
            return new WatchLine(watched.untilMillis(), event.message().toString(), names(event), user(event));
        } else if (change instanceof Change.Received received) {
            return new ReceivedLine(received.sequence());
        } else if (change instanceof Change.Unwatched unwatched) {
            return new UnwatchedLine(unwatched.sequence());
        } else if (change instanceof Change.Dropped dropped) {
            return new DropLine(dropped.id());
        } else if (change instanceof Change.Fixed fixed) {
            return new BatchLine(fixed.last());
        } else if (change instanceof Change.Taken taken) {
            return new TakenLine(taken.last());
        } else if (change instanceof Change.Reached reached) {
            return new ReachedLine(reached.id());
        } else if (change instanceof Change.Present present) {
            return new PresentLine(present.client().secret(), present.user().value());
        } else if (change instanceof Change.Missed missed) {
            return new MissedLine(missed.count());
        }
        throw new IllegalArgumentException("a change without a line");
    }

    private static Record record(Entry entry) {
        long time = entry.time().toEpochMilli();
        Event event = entry.event();
        if (event instanceof Event.Connected connected) {
            return line(entry, time, connected.client(), connected.user());
        } else if (event instanceof Event.Gone gone) {
            return line(entry, time, gone.client(), gone.user());
        } else if (event instanceof Event.Undelivered undelivered) {
            return new MessageLine(
                    entry.id(),
                    time,
                    entry.dropped(),
                    event.type(),
                    undelivered.message().toString(),
                    names(undelivered),
                    user(undelivered),
                    undelivered.confirm().map(Event.Confirm::queued).orElse(null),
                    undelivered.confirm().map(Event.Confirm::acknowledged).orElse(null));
        }
        throw new IllegalArgumentException("an event without a line");
    }

    private static ClientLine line(Entry entry, long time, ClientId client, UserId user) {
        return new ClientLine(entry.id(), time, entry.dropped(), entry.event().type(), client.secret(), user.value());
    }

    private static List<String> names(Event.Undelivered event) {
        return event.topics().stream().map(Topic::name).toList();
    }

    private static @Nullable String user(Event.Undelivered event) {
        return event.recipient().map(UserId::value).orElse(null);
    }

    /** What a line has been found to have. The first field says what it is. */
    private static final class Fields {
        private String kind = "";
        private String id = "";
        private long number;
        private long time;
        private long dropped;
        private String type = "";
        private Optional<ClientId> client = Optional.empty();
        private Optional<UserId> user = Optional.empty();
        private Optional<MessageId> message = Optional.empty();
        private List<Topic> topics = List.of();
        private Optional<Long> queued = Optional.empty();
        private Optional<Long> acknowledged = Optional.empty();

        void read(String name, JsonValue value) throws IOException {
            if (kind.isEmpty()) {
                kind = name;
            }
            switch (name) {
                case "add", "drop", "batch", "taken", "reached" -> {
                    id = value.string(name);
                    EntryIds.requireForm(id);
                }
                case "format", "watch", "received", "unwatched", "missed" -> number = whole(name, value);
                case "time" -> time = whole(name, value);
                case "dropped" -> dropped = whole(name, value);
                case "type" -> type = value.string(name);
                case "present", "client" -> client = ClientId.parse(value.string(name));
                case "user" -> user = value.userIdOrNull();
                case "message" -> message = Optional.of(MessageId.parse(value.string(name)));
                case "topics" -> topics = value.topicsOfMessage();
                case "queued" -> queued = wholeOrNull(name, value);
                case "acknowledged" -> acknowledged = wholeOrNull(name, value);
                default -> throw value.unknown(name, "others");
            }
        }

        private static long whole(String name, JsonValue value) throws IOException {
            return value.wholeNumber(name, 0, Long.MAX_VALUE);
        }

        private static Optional<Long> wholeOrNull(String name, JsonValue value) throws IOException {
            return value.isNull() ? Optional.empty() : Optional.of(value.wholeNumber(name, 0, Integer.MAX_VALUE));
        }

        Change change() {
            return switch (kind) {
                case "add" -> new Change.Added(new Entry(id, Instant.ofEpochMilli(time), event(), dropped));
                case "drop" -> new Change.Dropped(id);
                case "batch" -> new Change.Fixed(id);
                case "taken" -> new Change.Taken(id);
                case "reached" -> new Change.Reached(id);
                case "watch" -> new Change.Watched(undelivered(), number);
                case "received" -> new Change.Received(number);
                case "unwatched" -> new Change.Unwatched(number);
                case "missed" -> new Change.Missed(number);
                case "present" -> new Change.Present(required(client), required(user));
                default -> throw new InvalidInputException("unknown line");
            };
        }

        private Event event() {
            return switch (type) {
                case "client.connected" -> new Event.Connected(required(client), required(user));
                case "client.gone" -> new Event.Gone(required(client), required(user));
                case "message.undelivered" -> undelivered();
                default -> throw new InvalidInputException("unknown type");
            };
        }

        private Event.Undelivered undelivered() {
            Optional<Event.Confirm> confirm = queued.isPresent() && acknowledged.isPresent()
                    ? Optional.of(new Event.Confirm(
                            queued.get().intValue(), acknowledged.get().intValue()))
                    : Optional.empty();
            return new Event.Undelivered(required(message), topics, user, confirm);
        }

        private static <T> T required(Optional<T> field) {
            return field.orElseThrow(() -> new InvalidInputException("a field is missing"));
        }
    }
}
