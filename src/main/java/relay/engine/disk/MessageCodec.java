package relay.engine.disk;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Messages as bytes: flags, the first topic, the recipient if there is one, the idempotency key with its fingerprint if there is one,
 * the other topics, how many milliseconds it is delivered, who does not get it, whose client published it, text. A plain message is the same in all formats.
 * Stateless.
 */
final class MessageCodec {
    private static final byte[] NOTHING = {};

    private MessageCodec() {}

    /** A message without its text. */
    record Head(List<Topic> topics, Optional<UserId> recipient, MessageOptions options) {
        /** The message, with what follows as its text. */
        Message withText(ByteBuffer payload) {
            byte[] text = new byte[payload.remaining()];
            payload.get(text);
            return new Message(topics, recipient, Text.ofUtf8(text, 0), options);
        }

        Message withoutText() {
            return new Message(topics, recipient, Text.of(""), options);
        }
    }

    /** Makes topics and users of the texts at a buffer's position: absent if the text is none. */
    record Parts(Function<ByteBuffer, Optional<Topic>> topics, Function<ByteBuffer, Optional<UserId>> users) {
        /** For any thread. They fail instead, with {@link relay.message.InvalidInputException}. */
        static final Parts EACH = new Parts(
                source -> Optional.of(Topic.exact(Layout.getText(source))),
                source -> Optional.of(new UserId(Layout.getText(source))));

        /** They make each of them once. For one thread. */
        static Parts shared() {
            Names<Topic> topics = new Names<>(Topic::exact);
            Names<UserId> users = new Names<>(UserId::new);
            return new Parts(topics::next, users::next);
        }
    }

    /** Reads a key with its fingerprint, which are next in a payload. */
    interface KeyReader {
        /** Does not need them. */
        KeyReader SKIP = payload -> {
            Layout.skipText(payload);
            Layout.skipText(payload);
        };

        /** Both are read after that. */
        void read(ByteBuffer payload);
    }

    /** What the flags have to say of the message itself. */
    static byte flags(Message message) {
        MessageOptions options = message.options();
        return (byte) ((message.recipient().isPresent() ? Layout.HAS_RECIPIENT : 0)
                | (message.topics().size() > 1 ? Layout.HAS_TOPICS : 0)
                | (options.ttl().isPresent() ? Layout.HAS_TTL : 0)
                | (options.exclude().isPresent() ? Layout.HAS_EXCLUDE : 0)
                | (options.from().isPresent() ? Layout.HAS_FROM : 0)
                | switch (options.retain()) {
                    case NO -> 0;
                    case VALUE -> Layout.RETAINS;
                    case CLEAR -> Layout.CLEARS;
                });
    }

    /** What is between the key of a message and its text. */
    static byte[] more(Message message) {
        boolean nothing = message.topics().size() == 1 && message.options().equals(MessageOptions.NONE);
        return nothing ? NOTHING : more(message.topics(), message.options());
    }

    private static byte[] more(List<Topic> topics, MessageOptions options) {
        List<byte[]> others =
                topics.stream().skip(1).map(topic -> Layout.utf8(topic.name())).toList();
        byte[] from = options.from().map(user -> Layout.utf8(user.value())).orElse(NOTHING);
        ByteBuffer bytes = ByteBuffer.allocate(1
                + others.stream().mapToInt(name -> Short.BYTES + name.length).sum()
                + Layout.MOST_NUMBER_BYTES
                + 2 * Long.BYTES
                + Short.BYTES
                + from.length);
        if (!others.isEmpty()) {
            bytes.put((byte) others.size());
            others.forEach(name -> Layout.putText(bytes, name));
        }
        options.ttl().ifPresent(ttl -> Layout.putNumber(bytes, ttl.toMillis()));
        options.exclude().ifPresent(client -> bytes.putLong(client.high()).putLong(client.low()));
        if (from.length > 0) {
            Layout.putText(bytes, from);
        }
        byte[] more = new byte[bytes.position()];
        bytes.flip().get(more);
        return more;
    }

    /**
     * Reads a message up to its text.
     *
     * @return absent if this version knows none of its topics, or not whom it is for
     * @throws java.nio.BufferUnderflowException if it is too short
     */
    static @Nullable Head head(ByteBuffer payload, Parts parts, KeyReader keys) {
        byte flags = payload.get();
        Optional<Topic> first = parts.topics().apply(payload);
        boolean forOne = has(flags, Layout.HAS_RECIPIENT);
        Optional<UserId> recipient = forOne ? parts.users().apply(payload) : Optional.empty();
        if (has(flags, Layout.HAS_KEY)) {
            keys.read(payload);
        }
        List<Topic> topics = first.map(List::of).orElse(List.of());
        if (has(flags, Layout.HAS_TOPICS)) {
            topics = new ArrayList<>(topics);
            for (int left = payload.get(); left > 0; left--) {
                parts.topics().apply(payload).ifPresent(topics::add);
            }
        }
        MessageOptions options = options(flags, payload, parts);
        return topics.isEmpty() || (forOne && recipient.isEmpty()) ? null : new Head(topics, recipient, options);
    }

    private static MessageOptions options(byte flags, ByteBuffer payload, Parts parts) {
        Optional<Duration> ttl = has(flags, Layout.HAS_TTL)
                ? Optional.of(Duration.ofMillis(Layout.getNumber(payload)))
                : Optional.empty();
        Optional<ClientId> exclude = has(flags, Layout.HAS_EXCLUDE)
                ? Optional.of(new ClientId(payload.getLong(), payload.getLong()))
                : Optional.empty();
        // A user that this version does not know is nobody: the message is there all the same.
        Optional<UserId> from = has(flags, Layout.HAS_FROM) ? parts.users().apply(payload) : Optional.empty();
        Retain retain =
                has(flags, Layout.RETAINS) ? Retain.VALUE : has(flags, Layout.CLEARS) ? Retain.CLEAR : Retain.NO;
        return MessageOptions.of(ttl, exclude, retain, from);
    }

    private static boolean has(byte flags, byte flag) {
        return (flags & flag) != 0;
    }
}
