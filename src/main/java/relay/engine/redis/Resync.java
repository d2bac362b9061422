package relay.engine.redis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import relay.engine.Receiver;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Topic;
import relay.message.UserId;

/**
 * After a connection is made: subscribes to all that is followed, and brings the messages that were published since the last
 * connection. The engine thread's; blocks.
 */
record Resync(
        Keys keys,
        RedisOptions options,
        Timings timings,
        OrderedReceiver receiver,
        FollowedTopics topics,
        StreamReader streams) {
    /** How many streams one wait is for. */
    private static final int MOST_STREAMS = 500;

    private record StreamId(Topic topic, Optional<UserId> recipient) {}

    void run(RedisConnection connection) throws InterruptedException {
        topics.dropUnwanted();
        long position = receiver.position();
        long newest = subscribe(connection);
        Map<Topic, Set<UserId>> wanted = await(receiver.ask(Receiver::wanted));
        topics.keepLoaded(wanted);
        if (newest != position) {
            topics.resumed();
            List<Receiver.Past> retained = new ArrayList<>();
            List<Receiver.Past> messages = missedMessages(connection, wanted, position, newest, retained);
            receiver.tell(told -> told.interrupted(wanted, newest));
            for (Receiver.Past past : messages) {
                receiver.tell(told -> told.fromElsewhere(
                        new AcceptedMessage(receiver.id(past.sequence()), past.timeMillis(), past.message()),
                        Optional.empty()));
            }
            retained.forEach(value -> receiver.tell(told -> told.retained(value)));
        }
        receiver.reached(newest);
    }

    /** Everything up to the sequence that is returned is in the streams; what is published later comes by itself. */
    private long subscribe(RedisConnection connection) throws InterruptedException {
        await(FollowedTopics.subscribe(connection, List.of(keys.ownChannel(), keys.control()), topics.all()));
        return await(connection.call(Script.BARRIER, new String[] {keys.log()}, connection.log(), keys.ownChannel(), 0))
                .number(0);
    }

    private List<Receiver.Past> missedMessages(
            RedisConnection connection,
            Map<Topic, Set<UserId>> wanted,
            long position,
            long newest,
            List<Receiver.Past> retained)
            throws InterruptedException {
        List<StreamId> all = new ArrayList<>();
        for (FollowedTopics.Followed followed : topics.all()) {
            if (!followed.topic.isPattern()) {
                addStreams(all, followed.topic, wanted);
            }
        }
        List<Receiver.Past> messages = new ArrayList<>();
        AtomicLong room = new AtomicLong(options.historyBytes());
        read(connection, all, position, newest, room, messages, retained);
        for (FollowedTopics.Followed followed : topics.all()) {
            if (followed.topic.isPattern()) {
                readPattern(connection, followed.topic, wanted, position, newest, room, messages, retained);
            }
        }
        messages.sort(Comparator.comparingLong(Receiver.Past::sequence));
        return whole(messages);
    }

    /** The streams of a topic for everybody and for all who want it, by its name or by a pattern. */
    private void addStreams(List<StreamId> all, Topic topic, Map<Topic, Set<UserId>> wanted) {
        all.add(new StreamId(topic, Optional.empty()));
        topics.matching(topic).stream()
                .flatMap(followed -> wanted.getOrDefault(followed.topic, Set.of()).stream())
                .distinct()
                .forEach(user -> all.add(new StreamId(topic, Optional.of(user))));
    }

    /** What a pattern alone brings, and what comes by several patterns for the first of them; name by name, page by page. */
    private void readPattern(
            RedisConnection connection,
            Topic pattern,
            Map<Topic, Set<UserId>> wanted,
            long position,
            long newest,
            AtomicLong room,
            List<Receiver.Past> messages,
            List<Receiver.Past> retained)
            throws InterruptedException {
        TopicNames names = TopicNames.ofAll(keys, connection, pattern);
        for (List<Topic> page = await(names.next()); !page.isEmpty(); page = await(names.next())) {
            List<StreamId> all = new ArrayList<>();
            for (Topic topic : page) {
                if (topics.matching(topic).get(0).topic.equals(pattern)) {
                    addStreams(all, topic, wanted);
                }
            }
            read(connection, all, position, newest, room, messages, retained);
        }
        // No stream is named so: hence what may be missing of one that is not known any more.
        long missing = await(streams.load(connection, pattern, Optional.empty(), position, newest, room))
                .trimmedThrough();
        long through = names.isWhole() ? Math.min(missing, newest) : newest;
        if (through > position) {
            missed(pattern, Optional.empty(), position, through);
            for (UserId user : wanted.getOrDefault(pattern, Set.of())) {
                missed(pattern, Optional.of(user), position, through);
            }
        }
    }

    private void read(
            RedisConnection connection,
            List<StreamId> all,
            long position,
            long newest,
            AtomicLong room,
            List<Receiver.Past> messages,
            List<Receiver.Past> retained)
            throws InterruptedException {
        for (int i = 0; i < all.size(); i += MOST_STREAMS) {
            List<CompletionStage<StreamReader.Loaded>> loading =
                    all.subList(i, Math.min(all.size(), i + MOST_STREAMS)).stream()
                            .map(stream -> streams.load(
                                    connection, stream.topic(), stream.recipient(), position, newest, room))
                            .toList();
            for (CompletionStage<StreamReader.Loaded> stage : loading) {
                StreamReader.Loaded loaded = await(stage);
                messages.addAll(loaded.messages());
                retained.add(loaded.retained());
                // What was published later comes by itself.
                long missing = Math.min(loaded.trimmedThrough(), newest);
                if (missing > position) {
                    missed(loaded.topic(), loaded.recipient(), position, missing);
                }
            }
        }
    }

    /** A message with several topics is in the stream of each: it is brought once, with those that are followed here. */
    private static List<Receiver.Past> whole(List<Receiver.Past> parts) {
        List<Receiver.Past> whole = new ArrayList<>();
        for (int i = 0; i < parts.size(); ) {
            Receiver.Past first = parts.get(i);
            List<Topic> on = new ArrayList<>();
            for (; i < parts.size() && parts.get(i).sequence() == first.sequence(); i++) {
                on.add(parts.get(i).message().topic());
            }
            whole.add(new Receiver.Past(first.sequence(), first.timeMillis(), left(first, on), first.ageNanos()));
        }
        return whole;
    }

    /** It counts as new where it is brought: so it has only the rest of its time. */
    private static Message left(Receiver.Past past, List<Topic> topics) {
        Message message = past.message();
        MessageOptions options = message.options();
        if (options.ttl().isPresent()) {
            options = new MessageOptions(
                    options.ttl().map(ttl -> ttl.minusNanos(past.ageNanos())),
                    options.exclude(),
                    options.retain(),
                    options.from());
        }
        return new Message(topics, message.recipient(), message.text(), options);
    }

    private void missed(Topic topic, Optional<UserId> recipient, long position, long through) {
        receiver.tell(told -> told.missed(topic, recipient, receiver.id(position), through, Gap.Reason.TRIMMED));
    }

    private <T> T await(CompletionStage<T> stage) throws InterruptedException {
        return Handshake.await(stage, timings.begin());
    }
}
