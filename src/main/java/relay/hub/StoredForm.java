package relay.hub;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import relay.client.Client;
import relay.client.Permissions;
import relay.engine.Registration;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.schedule.Ticker;

/**
 * Clients as engines store them, and back. The end of a credential is a moment of the clock there, for that goes on while no relay runs;
 * here it is one of the relay's ticker.
 */
record StoredForm(Ticker ticker, InstantSource clock) {
    /** A user's client that nobody has connected to yet, and that asks for these topics. */
    Registration of(Client client, Set<Topic> topics) {
        Map<Topic, Long> starts = new HashMap<>();
        topics.forEach(topic -> starts.put(topic, 0L));
        return new Registration(
                client.id(),
                client.user().orElseThrow(),
                starts,
                client.permissions().own(),
                client.permissions().granted(),
                client.permissions().publish(),
                client.keep(),
                client.overflow(),
                end(client.permissions()));
    }

    /**
     * A registration without the topics that it may not ask for any more: when it got another credential, that was stored, and these were
     * perhaps not.
     */
    Registration permitted(Registration registration) {
        TopicFilter allowed = registration.allowed().and(registration.granted());
        if (allowed.refused(registration.topics().keySet()).isEmpty()) {
            return registration;
        }
        Map<Topic, Long> topics = new HashMap<>(registration.topics());
        topics.keySet().removeIf(topic -> !allowed.allows(topic));
        return registration.with(topics);
    }

    /** The client of a registration. */
    Client client(Registration registration) {
        return new Client(
                registration.id(),
                Optional.of(registration.user()),
                registration.keep(),
                registration.overflow(),
                permissions(registration));
    }

    /** Whether a client's credential has expired. */
    boolean isOver(Permissions permissions) {
        return permissions.hasEnd() && permissions.endsAtNanos() - ticker.nanos() <= 0;
    }

    /** When a client's credential expires; empty: never. */
    Optional<Instant> end(Permissions permissions) {
        return permissions.hasEnd()
                ? Optional.of(clock.instant().plusNanos(permissions.endsAtNanos() - ticker.nanos()))
                : Optional.empty();
    }

    private Permissions permissions(Registration registration) {
        Instant now = clock.instant();
        return Permissions.of(
                        registration.allowed(),
                        registration.granted(),
                        registration.ends().map(end -> Duration.between(now, end)),
                        ticker.nanos())
                .withPublish(registration.publish());
    }
}
