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
                client.permissions().topics(),
                client.keep(),
                end(client.permissions()));
    }

    /** The client of a registration. */
    Client client(Registration registration) {
        return new Client(
                registration.id(), Optional.of(registration.user()), registration.keep(), permissions(registration));
    }

    /** Whether a client's credential has expired. */
    boolean isOver(Permissions permissions) {
        return permissions.endsAtNanos() != Permissions.NEVER && permissions.endsAtNanos() - ticker.nanos() <= 0;
    }

    private Optional<Instant> end(Permissions permissions) {
        return permissions.endsAtNanos() == Permissions.NEVER
                ? Optional.empty()
                : Optional.of(clock.instant().plusNanos(permissions.endsAtNanos() - ticker.nanos()));
    }

    private Permissions permissions(Registration registration) {
        if (registration.ends().isEmpty() && registration.allowed() == TopicFilter.ANY) {
            return Permissions.EVERYTHING;
        }
        long end = registration
                .ends()
                .map(instant -> ticker.nanos()
                        + Duration.between(clock.instant(), instant).toNanos())
                .orElse(Permissions.NEVER);
        return new Permissions(registration.allowed(), end);
    }
}
