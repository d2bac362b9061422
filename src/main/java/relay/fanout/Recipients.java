package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import relay.message.Message;
import relay.message.UserId;

/**
 * Who gets a message, of the connected clients of one worker that are up to date: those who ask for its topic, by its name or by
 * patterns, each of them once. That worker only.
 */
final class Recipients {
    private final TopicIndex index;
    private final ClientTable clients;

    /** Which message is being gone through. */
    private long pass;

    /** The members of patterns that its topic matches; empty between two messages. */
    private final List<TopicIndex.Members> matching = new ArrayList<>();

    /** Is given each subscriber that a message goes to. */
    @FunctionalInterface
    interface Taker {
        void accept(Subscriber subscriber, FrameBuffer frames);
    }

    /**
     * Nobody yet.
     *
     * @param index the worker's clients that are up to date
     * @param clients the worker's clients, connected or not
     */
    Recipients(TopicIndex index, ClientTable clients) {
        this.index = index;
        this.clients = clients;
    }

    /** A message with several topics is gone through: each subscriber is a recipient of it once. */
    void begin() {
        pass++;
    }

    /**
     * Goes through those who get a message.
     *
     * @param message on one of its topics
     * @param several whether it has others: then those are left out that were recipients on one of these since {@link #begin}
     */
    void forEach(Message message, boolean several, Taker taker) {
        if (message.recipient().isPresent()) {
            forEachOf(message.recipient().get(), message, several, taker);
            return;
        }
        TopicIndex.Members members = index.members(message.topic());
        if (index.hasNoPatterns() && !several) {
            offerAll(members, message, taker);
            return;
        }
        index.addMatching(message.topic(), matching);
        if (matching.isEmpty() && !several) {
            offerAll(members, message, taker);
            return;
        }
        if (!several) {
            begin();
        }
        offerNew(members, message, taker);
        for (TopicIndex.Members more : matching) {
            offerNew(more, message, taker);
        }
        matching.clear();
    }

    private void forEachOf(UserId user, Message message, boolean several, Taker taker) {
        SubscribedTopic topic = index.find(message.topic());
        boolean byPattern = !index.hasNoPatterns();
        if (topic == null && !byPattern) {
            return;
        }
        for (Subscriber subscriber : clients.of(user)) {
            boolean receives = (topic != null && subscriber.receives(topic))
                    || (byPattern && subscriber.receives(message.topic()));
            if (receives && (!several || isNew(subscriber))) {
                offer(subscriber, message, taker);
            }
        }
    }

    private static void offerAll(TopicIndex.Members members, Message message, Taker taker) {
        for (int i = 0; i < members.size(); i++) {
            offer(members.get(i), message, taker);
        }
    }

    /** To those who have not been recipients in this pass. */
    private void offerNew(TopicIndex.Members members, Message message, Taker taker) {
        for (int i = 0; i < members.size(); i++) {
            Subscriber subscriber = members.get(i);
            if (isNew(subscriber)) {
                offer(subscriber, message, taker);
            }
        }
    }

    private boolean isNew(Subscriber subscriber) {
        boolean isNew = subscriber.lastPass != pass;
        subscriber.lastPass = pass;
        return isNew;
    }

    private static void offer(Subscriber subscriber, Message message, Taker taker) {
        FrameBuffer frames = subscriber.frames();
        if (frames != null && message.options().isFor(subscriber.client.id())) {
            taker.accept(subscriber, frames);
        }
    }
}
