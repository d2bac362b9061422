package relay.hub;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import relay.client.CloseReason;
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
    private final Reception reception;

    /** Who has been told since the worker came to the sequence {@link #toldAt}. */
    private final Set<StrandKey> told = new HashSet<>();

    /** The sequence after which everybody knows that anything may be missing. */
    private long allToldAfter = NOBODY;

    private long toldAt;

    GapNotices(Roster roster, UserIndex users, Reception reception) {
        this.roster = roster;
        this.users = users;
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
        List<Gap> gap = List.of(new Gap(topic, after, reason));
        tell(concerned, subscriber -> subscriber.asksFor(topic) ? gap : List.of());
    }

    /** Everybody may have missed messages on all topics asked for. */
    void announceToAll(MessageId after, Gap.Reason reason) {
        forgetWhatIsPast();
        if (after.sequence() >= allToldAfter) {
            return;
        }
        allToldAfter = after.sequence();
        tell(
                roster.all(),
                subscriber -> subscriber.topics().stream()
                        .map(topic -> new Gap(topic, after, reason))
                        .toList());
    }

    private void forgetWhatIsPast() {
        if (reception.present() != toldAt) {
            toldAt = reception.present();
            allToldAfter = NOBODY;
            told.clear();
        }
    }

    /** Those whose queue has no room for it are closed when all have been told: that changes who is there. */
    private void tell(Collection<Subscriber> concerned, Function<Subscriber, List<Gap>> gaps) {
        List<Subscriber> tooSlow = concerned.stream()
                .filter(subscriber -> subscriber
                        .client
                        .queue()
                        .filter(queue -> !reception.announce(subscriber, queue, gaps.apply(subscriber)))
                        .isPresent())
                .toList();
        tooSlow.forEach(subscriber -> roster.drop(subscriber, CloseReason.TOO_SLOW));
    }
}
