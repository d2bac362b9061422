package relay.engine.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import relay.engine.Engine.Hold;
import relay.engine.Engine.Reader;
import relay.engine.Receiver;
import relay.fatal.Fatal;
import relay.message.MessageOptions;
import relay.message.Topic;
import relay.message.UserId;

/** Which topics are followed, and by whom. The engine thread's, but where another is named. */
final class FollowedTopics {
    enum State {
        /** What comes is dropped: it may be incomplete. */
        SUBSCRIBING,
        /** What comes is complete. */
        ACTIVE,
        /** What comes is complete until the server says that it was the last. */
        LEAVING
    }

    /** A topic that is followed, or about to be. All but the final fields and the state is the engine thread's. */
    static final class Followed {
        final Topic topic;
        final String channel;

        /** Changed by the engine thread and, with the receiver's lock held, by the thread that brings what is published. */
        volatile State state = State.SUBSCRIBING;

        private final CompletableFuture<Void> active = new CompletableFuture<>();
        private final CompletableFuture<Void> left = new CompletableFuture<>();
        private final Map<Optional<UserId>, CompletionStage<Void>> loaded = new HashMap<>();

        /** The same of retained values alone. */
        private final Map<Optional<UserId>, CompletionStage<Void>> values = new HashMap<>();

        private int holds;
        /** Whether a connection was lost meanwhile: what is known of retained values may have been cleared since. */
        private boolean resumed;
        /** By System.nanoTime. */
        private @Nullable Long idleSince;

        private Followed(Topic topic, String channel) {
            this.topic = topic;
            this.channel = channel;
        }
    }

    private static final class Request {
        private final CompletableFuture<Hold> result = new CompletableFuture<>();
    }

    private final Keys keys;
    private final RedisOptions options;
    private final CurrentConnection current;
    private final OrderedReceiver receiver;
    private final Barriers barriers;
    private final StreamReader streams;
    private final Duration idle;
    private final Executor engine;
    /** By the channel of a topic, or the glob of a pattern. */
    private final Map<String, Followed> byChannel = new ConcurrentHashMap<>();

    private final FollowedPatterns patterns = new FollowedPatterns();
    private final PatternPast patternPast;
    /** Requests to follow topics that are under way. */
    private final Set<Request> requests = ConcurrentHashMap.newKeySet();

    /** @param idle for how long a topic is followed that nobody wants */
    FollowedTopics(
            Keys keys,
            RedisOptions options,
            CurrentConnection current,
            OrderedReceiver receiver,
            Barriers barriers,
            StreamReader streams,
            Duration idle,
            Executor engine) {
        this.keys = keys;
        this.options = options;
        this.current = current;
        this.receiver = receiver;
        this.barriers = barriers;
        this.streams = streams;
        this.patternPast = new PatternPast(keys, streams);
        this.idle = idle;
        this.engine = engine;
    }

    /** For any thread. */
    @Nullable
    Followed byChannel(String channel) {
        return byChannel.get(channel);
    }

    /** How a topic is followed now: what is published is sure to come here, and only then, if it is active. For any thread. */
    @Nullable
    Followed of(Topic topic) {
        return byChannel.get(channel(topic));
    }

    private String channel(Topic topic) {
        return topic.isPattern() ? keys.glob(topic) : keys.channel(topic);
    }

    /** All by which messages on a topic come here, each by a copy of its own. For any thread. */
    List<Followed> bringing(Topic topic) {
        Followed followed = of(topic);
        List<Followed> exact = followed == null ? List.of() : List.of(followed);
        return patterns.isEmpty() ? exact : patterns.withThoseBringing(topic, exact);
    }

    /** Whether what comes on a topic is complete. For any thread. */
    boolean isComplete(Topic topic) {
        for (Followed followed : bringing(topic)) {
            if (followed.state != State.SUBSCRIBING && followed.topic.matches(topic)) {
                return true;
            }
        }
        return false;
    }

    /** The topic and the patterns that match it, as far as they are followed. For any thread. */
    List<Followed> matching(Topic topic) {
        return bringing(topic).stream()
                .filter(followed -> followed.topic.matches(topic))
                .toList();
    }

    Collection<Followed> all() {
        return byChannel.values();
    }

    /** As {@link relay.engine.Engine#follow} says: subscribe, load, and wait until all that came meanwhile is here. For any thread. */
    CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past) {
        Request request = new Request();
        requests.add(request);
        engine.execute(() -> follow(request.result, topics, past));
        return request.result.whenComplete((hold, failure) -> requests.remove(request));
    }

    /** As soon as none of the topics is being left. */
    private void follow(CompletableFuture<Hold> request, Set<Topic> topics, Optional<Reader> past) {
        RedisConnection connection = current.get();
        if (connection == null) {
            request.completeExceptionally(EngineException.refused("the connection to the engine has ended")
                    .unavailable());
            return;
        }
        if (!connection.mayFollowPatterns() && topics.stream().anyMatch(Topic::isPattern)) {
            request.completeExceptionally(EngineException.refused(
                            "the engine's user may not follow patterns: give it +psubscribe +punsubscribe and allchannels")
                    .unavailable());
            return;
        }
        List<CompletableFuture<Void>> leaving = topics.stream()
                .map(this::of)
                .filter(followed -> followed != null && followed.state == State.LEAVING)
                .map(followed -> followed.left)
                .toList();
        if (!leaving.isEmpty()) {
            allOf(leaving.stream()).thenRunAsync(() -> follow(request, topics, past), engine);
            return;
        }
        List<Followed> held = hold(connection, topics);
        AtomicBoolean released = new AtomicBoolean();
        Hold hold = () -> {
            if (released.compareAndSet(false, true)) {
                engine.execute(() -> held.forEach(followed -> followed.holds--));
            }
        };
        allOf(held.stream().map(followed -> followed.active))
                .thenComposeAsync(active -> load(connection, held, past), engine)
                .whenComplete(Fatal.watched((done, failure) -> {
                    if (failure != null) {
                        request.completeExceptionally(
                                EngineException.unavailable(failure, "the engine could not bring the topics"));
                    }
                    // The request may have failed already, because the connection has ended.
                    if (!request.complete(hold)) {
                        hold.release();
                    }
                }));
    }

    /** None of the topics is being left. */
    private List<Followed> hold(RedisConnection connection, Set<Topic> topics) {
        List<Followed> all = new ArrayList<>();
        List<Followed> fresh = new ArrayList<>();
        for (Topic topic : topics) {
            Followed followed = of(topic);
            if (followed == null) {
                followed = new Followed(topic, channel(topic));
                byChannel.put(followed.channel, followed);
                if (topic.isPattern()) {
                    patterns.add(followed);
                }
                fresh.add(followed);
            }
            followed.holds++;
            followed.idleSince = null;
            all.add(followed);
        }
        if (!fresh.isEmpty()) {
            subscribe(connection, fresh);
        }
        return all;
    }

    private void subscribe(RedisConnection connection, List<Followed> fresh) {
        subscribe(connection, List.of(), fresh)
                .thenComposeAsync(
                        confirmed -> barriers.raise(connection, sequence -> activate(fresh, sequence)), engine)
                .whenCompleteAsync(
                        Fatal.watched((sequence, failure) -> {
                            if (failure != null) {
                                connection.end("the engine did not confirm a subscription");
                                fresh.forEach(followed -> followed.active.completeExceptionally(failure));
                            }
                        }),
                        engine);
    }

    /** Completes when the server has confirmed the channels, and those by which all that is to be followed comes. */
    static CompletionStage<Void> subscribe(
            RedisConnection connection, List<String> channels, Collection<Followed> followed) {
        List<String> plain = new ArrayList<>(channels);
        List<String> globs = new ArrayList<>();
        followed.forEach(each -> (each.topic.isPattern() ? globs : plain).add(each.channel));
        CompletionStage<Void> confirmed = connection.subscribe(plain);
        return globs.isEmpty() ? confirmed : allOf(Stream.of(confirmed, connection.subscribeToGlobs(globs)));
    }

    /** With the receiver's lock held: what comes from now on is complete. */
    private void activate(List<Followed> fresh, long sequence) {
        for (Followed followed : fresh) {
            followed.state = State.ACTIVE;
            receiver.tell(told -> told.following(followed.topic, sequence));
            followed.active.complete(null);
        }
    }

    private CompletionStage<?> load(RedisConnection connection, List<Followed> held, Optional<Reader> past) {
        if (past.isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        Stream<Optional<UserId>> recipients =
                Stream.of(Optional.<UserId>empty(), past.get().user()).distinct();
        boolean valuesOnly = past.get().retainedOnly();
        return allOf(recipients.flatMap(recipient -> held.stream()
                        .map(followed -> valuesOnly
                                ? loadValues(connection, followed, recipient)
                                : load(connection, followed, recipient))))
                .thenCompose(loaded -> barriers.raise(connection));
    }

    /** Brings the past of a topic that is active. */
    private CompletionStage<Void> load(RedisConnection connection, Followed followed, Optional<UserId> recipient) {
        return once(
                followed.loaded,
                recipient,
                () -> followed.topic.isPattern()
                        ? patternPast.load(
                                connection,
                                followed.topic,
                                recipient,
                                new AtomicLong(options.historyBytes()),
                                loaded -> tell(connection, followed, loaded),
                                engine)
                        : streams.load(
                                        connection,
                                        followed.topic,
                                        recipient,
                                        0,
                                        Long.MAX_VALUE,
                                        new AtomicLong(Long.MAX_VALUE))
                                .thenAcceptAsync(loaded -> tell(connection, followed, loaded), engine));
    }

    /** Brings the retained values of a topic that is active, unless they have come with its past. */
    private CompletionStage<Void> loadValues(
            RedisConnection connection, Followed followed, Optional<UserId> recipient) {
        CompletionStage<Void> whole = followed.loaded.get(recipient);
        return whole != null
                ? whole
                : once(
                        followed.values,
                        recipient,
                        () -> followed.topic.isPattern()
                                ? patternPast.values(
                                        connection,
                                        followed.topic,
                                        recipient,
                                        loaded -> tellValue(connection, followed, loaded),
                                        engine)
                                : streams.value(connection, followed.topic, recipient)
                                        .thenAcceptAsync(loaded -> tellValue(connection, followed, loaded), engine));
    }

    /** Unless it is done, or under way. */
    private CompletionStage<Void> once(
            Map<Optional<UserId>, CompletionStage<Void>> known,
            Optional<UserId> recipient,
            Supplier<CompletionStage<Void>> load) {
        CompletionStage<Void> before = known.get(recipient);
        if (before != null) {
            return before;
        }
        CompletionStage<Void> loading = load.get();
        known.put(recipient, loading);
        loading.whenCompleteAsync(
                Fatal.watched((done, failure) -> {
                    if (failure != null) {
                        known.remove(recipient, loading);
                    }
                }),
                engine);
        return loading;
    }

    private void tellValue(RedisConnection connection, Followed followed, StreamReader.Loaded loaded) {
        receiver.tell(told -> tellValue(connection, followed, loaded, told));
    }

    private static void tellValue(
            RedisConnection connection, Followed followed, StreamReader.Loaded loaded, Receiver told) {
        if (connection.listener().isClosed()) {
            throw EngineException.refused("the connection to the engine has ended");
        }
        if (followed.resumed || isValue(loaded.retained())) {
            told.retained(loaded.retained());
        }
    }

    private void tell(RedisConnection connection, Followed followed, StreamReader.Loaded loaded) {
        receiver.tell(told -> {
            if (connection.listener().isClosed()) {
                throw EngineException.refused("the connection to the engine has ended");
            }
            told.loaded(
                    loaded.topic(),
                    loaded.recipient(),
                    loaded.messages(),
                    options.holdsHistory() ? loaded.trimmedThrough() : receiver.position());
            // A pattern has no value itself.
            if (!loaded.topic().isPattern()) {
                tellValue(connection, followed, loaded, told);
            }
        });
    }

    private static boolean isValue(Receiver.Past retained) {
        return retained.message().options().retain() == MessageOptions.Retain.VALUE;
    }

    private static CompletionStage<Void> allOf(Stream<? extends CompletionStage<?>> stages) {
        return CompletableFuture.allOf(
                stages.map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new));
    }

    /** To be called now and then: stops following what nobody has wanted for a while. */
    void sweep() {
        RedisConnection connection = current.get();
        if (connection == null) {
            return;
        }
        long now = System.nanoTime();
        List<String> leaving = new ArrayList<>();
        List<String> globs = new ArrayList<>();
        for (Followed followed : byChannel.values()) {
            if (followed.state != State.ACTIVE || isWanted(followed)) {
                followed.idleSince = null;
            } else if (followed.idleSince == null) {
                followed.idleSince = now;
            } else if (now - followed.idleSince >= idle.toNanos()) {
                followed.state = State.LEAVING;
                (followed.topic.isPattern() ? globs : leaving).add(followed.channel);
            }
        }
        if (!leaving.isEmpty()) {
            connection.unsubscribe(leaving);
        }
        if (!globs.isEmpty()) {
            connection.unsubscribeFromGlobs(globs);
        }
        receiver.ask(Receiver::wanted).thenAcceptAsync(this::keepLoaded, engine);
    }

    private boolean isWanted(Followed followed) {
        return followed.holds > 0 || receiver.ask(told -> told.isWanted(followed.topic));
    }

    /** A connection has been made again. */
    void resumed() {
        byChannel.values().forEach(followed -> followed.resumed = true);
    }

    /** Of each topic the past of these users and of everybody counts as loaded, and of nobody else. */
    void keepLoaded(Map<Topic, Set<UserId>> wanted) {
        for (Followed followed : byChannel.values()) {
            Set<UserId> users = wanted.getOrDefault(followed.topic, Set.of());
            keepLoaded(followed.loaded, users);
            keepLoaded(followed.values, users);
        }
    }

    private static void keepLoaded(Map<Optional<UserId>, CompletionStage<Void>> known, Set<UserId> users) {
        known.entrySet()
                .removeIf(loaded -> loaded.getValue().toCompletableFuture().isDone()
                        && loaded.getKey().filter(user -> !users.contains(user)).isPresent());
    }

    @Nullable
    private Followed remove(String channel) {
        Followed followed = byChannel.remove(channel);
        if (followed != null && followed.topic.isPattern()) {
            patterns.remove(followed);
        }
        return followed;
    }

    /** With the receiver's lock held, by any thread: the server has confirmed that a channel's last message has come. */
    void left(String channel, Receiver told) {
        Followed followed = remove(channel);
        if (followed != null) {
            told.notFollowing(followed.topic);
            followed.left.complete(null);
        }
    }

    /** A connection has ended: only what was active is still to be followed. */
    void disconnected(EngineException why) {
        for (Followed followed : List.copyOf(byChannel.values())) {
            if (followed.state == State.SUBSCRIBING) {
                remove(followed.channel);
                followed.active.completeExceptionally(why);
            } else if (followed.state == State.LEAVING) {
                receiver.tell(told -> left(followed.channel, told));
            }
        }
        requests.forEach(request -> request.result.completeExceptionally(why.unavailable()));
    }

    /** A connection begins: what nobody wants is not followed again. */
    void dropUnwanted() {
        for (Followed followed : List.copyOf(byChannel.values())) {
            if (!isWanted(followed)) {
                receiver.tell(told -> left(followed.channel, told));
            }
        }
    }
}
