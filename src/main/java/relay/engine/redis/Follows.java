package relay.engine.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import relay.engine.Receiver;
import relay.fatal.Fatal;
import relay.message.Topic;
import relay.message.UserId;

/** Which topics are followed. The engine thread's, but where another is named. */
final class Follows {
    private final Parts parts;
    private final Executor engine;
    private final Map<String, Followed> byChannel = new ConcurrentHashMap<>();

    Follows(Parts parts, Executor engine) {
        this.parts = parts;
        this.engine = engine;
    }

    /** For any thread. */
    Optional<Followed> byChannel(String channel) {
        return Optional.ofNullable(byChannel.get(channel));
    }

    /** How a topic is followed now: what is published is sure to come here, and only then, if it is active. Any thread. */
    @Nullable
    Followed of(Topic topic) {
        return byChannel.get(parts.names().channel(topic));
    }

    Collection<Followed> all() {
        return byChannel.values();
    }

    /** Those of them that are about to be no longer followed; completes when they are not. */
    Optional<CompletionStage<Void>> leaving(Set<Topic> topics) {
        CompletableFuture<?>[] leaving = topics.stream()
                .map(this::of)
                .filter(followed -> followed != null && followed.state == Followed.State.LEAVING)
                .map(followed -> followed.left)
                .toArray(CompletableFuture[]::new);
        return leaving.length == 0 ? Optional.empty() : Optional.of(CompletableFuture.allOf(leaving));
    }

    /** Holds topics, none of them leaving. */
    List<Followed> hold(Current current, Set<Topic> topics) {
        List<Followed> all = new ArrayList<>();
        List<Followed> fresh = new ArrayList<>();
        for (Topic topic : topics) {
            Followed followed = of(topic);
            if (followed == null) {
                followed = new Followed(topic, parts.names().channel(topic));
                byChannel.put(followed.channel, followed);
                fresh.add(followed);
            }
            followed.holds++;
            followed.idleSince = null;
            all.add(followed);
        }
        if (!fresh.isEmpty()) {
            subscribe(current, fresh);
        }
        return all;
    }

    void release(Collection<Followed> held) {
        for (Followed followed : held) {
            followed.holds--;
        }
    }

    private void subscribe(Current current, List<Followed> fresh) {
        List<String> channels = fresh.stream().map(followed -> followed.channel).toList();
        current.feed()
                .subscribe(current.session(), channels)
                .thenComposeAsync(
                        confirmed -> parts.barriers().raise(current.session(), sequence -> activate(fresh, sequence)),
                        engine)
                .whenCompleteAsync(
                        Fatal.watched((sequence, failure) -> {
                            if (failure != null) {
                                current.session().end("the engine did not confirm a subscription");
                                fresh.forEach(followed -> followed.ready.completeExceptionally(failure));
                            }
                        }),
                        engine);
    }

    /** With the inbox's lock held: what comes from now on is complete. */
    private void activate(List<Followed> fresh, long sequence) {
        for (Followed followed : fresh) {
            followed.state = Followed.State.ACTIVE;
            parts.inbox().tell(receiver -> receiver.following(followed.topic, sequence));
            followed.ready.complete(null);
        }
    }

    /** Brings the past of a topic that is active. */
    CompletionStage<Void> load(Current current, Followed followed, Optional<UserId> recipient) {
        CompletionStage<Void> before = followed.loaded.get(recipient);
        if (before != null) {
            return before;
        }
        CompletionStage<Void> loading = read(current, followed.topic, recipient)
                .thenAcceptAsync(
                        loaded -> parts.inbox().tell(receiver -> {
                            if (current.feed().isDead()) {
                                throw new CallFailedException(true, "the session has ended");
                            }
                            receiver.loaded(
                                    loaded.topic(), loaded.recipient(), loaded.messages(), loaded.trimmedThrough());
                        }),
                        engine);
        followed.loaded.put(recipient, loading);
        loading.whenCompleteAsync(
                Fatal.watched((done, failure) -> {
                    if (failure != null) {
                        followed.loaded.remove(recipient, loading);
                    }
                }),
                engine);
        return loading;
    }

    private CompletionStage<Past.Loaded> read(Current current, Topic topic, Optional<UserId> recipient) {
        if (!parts.options().holdsHistory()) {
            return CompletableFuture.completedStage(
                    new Past.Loaded(topic, recipient, List.of(), parts.inbox().position()));
        }
        return parts.past()
                .load(
                        current.session(),
                        topic,
                        recipient,
                        0,
                        Long.MAX_VALUE,
                        new AtomicLong(parts.past().share()));
    }

    /** Stops to follow what nobody has wanted for a while. */
    void sweep(Current current) {
        long now = System.nanoTime();
        List<String> leaving = new ArrayList<>();
        for (Followed followed : byChannel.values()) {
            if (followed.state != Followed.State.ACTIVE || isWanted(followed)) {
                followed.idleSince = null;
            } else if (followed.idleSince == null) {
                followed.idleSince = now;
            } else if (now - followed.idleSince >= parts.times().sweep().toNanos()) {
                followed.state = Followed.State.LEAVING;
                leaving.add(followed.channel);
            }
        }
        if (!leaving.isEmpty()) {
            current.feed().unsubscribe(current.session(), leaving);
        }
    }

    private boolean isWanted(Followed followed) {
        return followed.holds > 0 || parts.inbox().ask(receiver -> receiver.isWanted(followed.topic));
    }

    /** Nobody's past is known any more but that of these users. */
    void keepLoaded(Map<Topic, Set<UserId>> wanted) {
        for (Followed followed : byChannel.values()) {
            Set<UserId> users = wanted.getOrDefault(followed.topic, Set.of());
            followed.loaded
                    .entrySet()
                    .removeIf(loaded -> loaded.getValue().toCompletableFuture().isDone()
                            && loaded.getKey()
                                    .filter(user -> !users.contains(user))
                                    .isPresent());
        }
    }

    /** With the inbox's lock held, by any thread: the server has confirmed that a channel's last message has come. */
    void left(String channel, Receiver receiver) {
        Followed followed = byChannel.remove(channel);
        if (followed != null) {
            receiver.notFollowing(followed.topic);
            followed.left.complete(null);
        }
    }

    /** A session has ended: only what was active is still to be followed. */
    void sessionEnded(CallFailedException why) {
        for (Followed followed : List.copyOf(byChannel.values())) {
            if (followed.state == Followed.State.SUBSCRIBING) {
                byChannel.remove(followed.channel);
                followed.ready.completeExceptionally(why);
            } else if (followed.state == Followed.State.LEAVING) {
                parts.inbox().tell(receiver -> left(followed.channel, receiver));
            }
        }
    }

    /** A session begins: what nobody wants is not followed again. */
    void dropUnwanted() {
        for (Followed followed : List.copyOf(byChannel.values())) {
            if (!isWanted(followed)) {
                parts.inbox().tell(receiver -> left(followed.channel, receiver));
            }
        }
    }
}
