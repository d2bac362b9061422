package relay.engine.redis;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Topic;
import relay.message.UserId;

/** What is said to the script that publishes messages. Used by one thread. */
final class PublishCall {
    private final Keys keys;
    private final Heard heard;
    /** The streams, each with its number for the script. */
    private final Map<String, Integer> streams = new LinkedHashMap<>();

    private final List<Object> topics = new ArrayList<>();
    private final List<String> idempotencyKeys = new ArrayList<>();
    private final List<Object> messages = new ArrayList<>();

    /** Those of the last message, which the next one mostly has too. */
    private List<Topic> lastTopics = List.of();

    private Optional<UserId> lastRecipient = Optional.empty();
    private String lastNumbers = "";

    PublishCall(Keys keys, Heard heard) {
        this.keys = keys;
        this.heard = heard;
    }

    void add(PendingPublications.Pending pending) {
        Publication publication = pending.publication();
        Message message = publication.message();
        messages.add(numbers(message));
        messages.add(ChannelMessage.head(pending.number(), publication));
        messages.add(message.text());
        int more = messages.size();
        messages.add("");
        String kinds = "";
        MessageOptions options = message.options();
        if (!options.equals(MessageOptions.NONE)) {
            kinds += "o";
            messages.add(OptionsField.of(options));
            messages.add(OptionsField.retain(options));
            messages.add(message.recipient().map(UserId::value).orElse(""));
        }
        if (publication.key().isPresent()) {
            kinds += "k";
            IdempotencyKey key = publication.key().get();
            idempotencyKeys.add(keys.idempotencyKey(key.key()));
            messages.add(key.fingerprint());
        }
        if (publication.client().isPresent()) {
            kinds += "c";
            ClientId client = publication.client().get();
            messages.add(keys.registration(client));
            messages.add(keys.relay());
            messages.add(pending.claim());
        }
        List<Object> watching = heard.watching(message);
        if (!watching.isEmpty()) {
            kinds += "w";
            messages.addAll(watching);
        }
        messages.set(more, kinds);
    }

    /** By which the script finds its streams. */
    private String numbers(Message message) {
        if (message.topics().equals(lastTopics) && message.recipient().equals(lastRecipient)) {
            return lastNumbers;
        }
        StringBuilder numbers = new StringBuilder();
        for (Topic topic : message.topics()) {
            numbers.append(number(topic, message.recipient())).append(' ');
        }
        lastTopics = message.topics();
        lastRecipient = message.recipient();
        lastNumbers = numbers.toString();
        return lastNumbers;
    }

    private int number(Topic topic, Optional<UserId> recipient) {
        return streams.computeIfAbsent(keys.stream(topic, recipient), fresh -> {
            topics.add(keys.channel(topic));
            topics.add(topic);
            return streams.size() + 1;
        });
    }

    String[] keys() {
        List<String> all = new ArrayList<>(List.of(
                keys.log(),
                keys.last(),
                keys.lastBefore(),
                keys.topicNames(),
                keys.topicNamesBefore(),
                keys.retained(),
                keys.retainedByAge(),
                keys.retainedNames()));
        all.addAll(streams.keySet());
        all.addAll(idempotencyKeys);
        return all.toArray(String[]::new);
    }

    /** @param log names the counter */
    Object[] arguments(String log, RedisOptions options) {
        List<Object> all = new ArrayList<>(List.of(
                log,
                keys.relay(),
                options.holdsHistory() ? options.historyMessages() : 0,
                options.historyAge(),
                options.streamLife(),
                options.keyLife(),
                options.retainedBytes(),
                streams.size()));
        all.addAll(topics);
        all.addAll(messages);
        return all.toArray();
    }
}
