package relay.hub;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Tells connected clients what none of them can be sent any more, each once: a gap is what may be missing before the next
 * message, whatever and however many the causes. The worker that owns them only.
 */
final class GapNotices {
    private static final long NOBODY = Long.MAX_VALUE;

    private final Roster roster;
    private final UserIndex users;
    private final Replays replays;
    private final Reception reception;

    /** Who has been told since the worker came to the sequence {@link #toldAt}. */
    private final Set<StrandKey> told = new HashSet<>();

    /** The sequence after which everybody knows that anything may be missing. */
    private long allToldAfter = NOBODY;

    private long toldAt;

    GapNotices(Roster roster, UserIndex users, Replays replays, Reception reception) {
        this.roster = roster;
        this.users = users;
        this.replays = replays;
        this.reception = reception;
    }

    /** Those who ask for a topic, or one user's clients of them, may have missed messages on it. */
    void announce(Topic topic, Optional<UserId> recipient, MessageId after, Gap.Reason reason) {
        forgetWhatIsPast();
        boolean everybodyTold =
                after.sequence() >= allToldAfter || told.contains(new StrandKey(topic, Optional.empty()));
        if (everybodyTold || !told.add(new StrandKey(topic, recipient))) {
            return;
        }
        Collection<Subscriber> concerned = recipient.map(users::of).orElseGet(roster::all);
        concerned.stream()
                .filter(subscriber -> subscriber.topics().contains(topic))
                .forEach(subscriber -> tell(subscriber, List.of(new Gap(topic, after, reason))));
    }

    /** Everybody may have missed messages on all topics asked for. */
    void announceToAll(MessageId after, Gap.Reason reason) {
        forgetWhatIsPast();
        if (after.sequence() >= allToldAfter) {
            return;
        }
        allToldAfter = after.sequence();
        roster.all()
                .forEach(subscriber -> tell(
                        subscriber,
                        subscriber.topics().stream()
                                .map(topic -> new Gap(topic, after, reason))
                                .toList()));
    }

    private void forgetWhatIsPast() {
        if (reception.present() != toldAt) {
            toldAt = reception.present();
            allToldAfter = NOBODY;
            told.clear();
        }
    }

    private void tell(Subscriber subscriber, List<Gap> gaps) {
        subscriber.client.queue().ifPresent(queue -> replays.announce(gaps, queue));
    }
}
