package relay.engine.redis;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * An event as the server holds it. A client that came or went is {@code c} or {@code g}, its id, and its user; a message that did not
 * arrive is {@code u}, its id, the figures of its confirmation or {@code -}, the number of its topics, these, and its user or nothing.
 * Between all these are line feeds: only a user, which is the last, may have one. Stateless.
 */
final class EventText {
    private static final String CONNECTED = "c";
    private static final String GONE = "g";
    private static final String UNDELIVERED = "u";
    private static final String NO_CONFIRM = "-";

    private EventText() {}

    static String of(Event event) {
        if (event instanceof Event.Connected connected) {
            return client(CONNECTED, connected.client(), connected.user());
        }
        if (event instanceof Event.Gone gone) {
            return client(GONE, gone.client(), gone.user());
        }
        if (event instanceof Event.Undelivered message) {
            return UNDELIVERED + "\n" + message.message() + "\n" + afterId(message);
        }
        throw new IllegalArgumentException("not an event that is known here: " + event.type());
    }

    private static String client(String kind, ClientId id, UserId user) {
        return kind + "\n" + id.secret() + "\n" + user.value();
    }

    /** What comes after the id of the message. */
    static String afterId(Event.Undelivered event) {
        return event.confirm()
                        .map(confirm -> confirm.queued() + " " + confirm.acknowledged())
                        .orElse(NO_CONFIRM)
                + "\n" + event.topics().size() + "\n"
                + event.topics().stream().map(topic -> topic.name() + "\n").collect(Collectors.joining())
                + event.recipient().map(UserId::value).orElse("");
    }

    /** Reads one of a batch: {@code <id in the stream> <how many were dropped before it>\n<event>}. */
    static Outbox.Entry entry(String text) {
        Lines lines = new Lines(text);
        String[] head = lines.next().split(" ", -1);
        int dash = head[0].indexOf('-');
        long time = Long.parseLong(head[0], 0, dash, 10);
        return new Outbox.Entry(
                id(time, Long.parseLong(head[0].substring(dash + 1))),
                Instant.ofEpochMilli(time),
                event(lines),
                Long.parseLong(head[1]));
    }

    /** Of the same length for all, so that texts have the order of the numbers. */
    private static String id(long time, long number) {
        return "%013d-%010d".formatted(time, number);
    }

    private static Event event(Lines lines) {
        String kind = lines.next();
        return switch (kind) {
            case CONNECTED -> new Event.Connected(client(lines.next()), new UserId(lines.rest()));
            case GONE -> new Event.Gone(client(lines.next()), new UserId(lines.rest()));
            case UNDELIVERED -> undelivered(lines);
            default -> throw new IllegalArgumentException("not an event: " + kind);
        };
    }

    private static ClientId client(String digits) {
        return ClientId.parse(digits).orElseThrow();
    }

    private static Event undelivered(Lines lines) {
        MessageId id = MessageId.parse(lines.next());
        Optional<Event.Confirm> confirm = Optional.of(lines.next())
                .filter(figures -> !figures.equals(NO_CONFIRM))
                .map(EventText::confirm);
        int count = Integer.parseInt(lines.next());
        Topic[] topics = new Topic[count];
        for (int i = 0; i < count; i++) {
            topics[i] = new Topic(lines.next());
        }
        Optional<UserId> recipient =
                Optional.of(lines.rest()).filter(user -> !user.isEmpty()).map(UserId::new);
        return new Event.Undelivered(id, List.of(topics), recipient, confirm);
    }

    private static Event.Confirm confirm(String figures) {
        int space = figures.indexOf(' ');
        return new Event.Confirm(
                Integer.parseInt(figures, 0, space, 10), Integer.parseInt(figures.substring(space + 1)));
    }

    /** Goes through a text. */
    private static final class Lines {
        private String rest;

        Lines(String text) {
            rest = text;
        }

        String next() {
            int end = rest.indexOf('\n');
            if (end < 0) {
                throw new IllegalArgumentException("not an event: a line is missing");
            }
            String line = rest.substring(0, end);
            rest = rest.substring(end + 1);
            return line;
        }

        String rest() {
            return rest;
        }
    }
}
