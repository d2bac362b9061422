package relay.hub;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** Tells connected clients what none of them can be sent any more. The worker that owns them only. */
final class GapNotices {
    private final Roster roster;
    private final UserIndex users;
    private final Reception reception;

    GapNotices(Roster roster, UserIndex users, Reception reception) {
        this.roster = roster;
        this.users = users;
        this.reception = reception;
    }

    /** Those who ask for a topic, or one user's clients of them, may have missed messages on it. */
    void announce(Topic topic, Optional<UserId> recipient, MessageId after, Gap.Reason reason) {
        Collection<Subscriber> concerned = recipient.map(users::of).orElseGet(roster::all);
        concerned.stream()
                .filter(subscriber -> subscriber.topics().contains(topic))
                .forEach(subscriber -> reception.announce(subscriber, List.of(new Gap(topic, after, reason))));
    }

    /** Everybody may have missed messages on all topics asked for. */
    void announceToAll(MessageId after, Gap.Reason reason) {
        roster.all()
                .forEach(subscriber -> reception.announce(
                        subscriber,
                        subscriber.topics().stream()
                                .map(topic -> new Gap(topic, after, reason))
                                .toList()));
    }
}
