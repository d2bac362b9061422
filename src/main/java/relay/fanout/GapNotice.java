package relay.fanout;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import relay.message.Gap;

/**
 * A gap that some subscribers are still to be told of. The owning worker only.
 *
 * <p>Of the topic's members the first so many are still to be told; members that were told, or join later, are behind these. That holds
 * as long as each is {@linkplain #takeOut taken out} before it leaves.
 */
final class GapNotice {
    private final List<Gap> gaps;
    private final Optional<TopicIndex.Members> members;
    private final Set<Subscriber> others;
    private int untoldMembers;

    private GapNotice(List<Gap> gaps, Optional<TopicIndex.Members> members, Set<Subscriber> others) {
        this.gaps = gaps;
        this.members = members;
        this.others = others;
        this.untoldMembers = members.map(TopicIndex.Members::size).orElse(0);
    }

    /**
     * For all members of a topic, and those of other subscribers who are subscribed to it, by name or by pattern.
     *
     * @param through the sequence up to which messages may be missing
     */
    static GapNotice toMembers(TopicIndex.Members members, Collection<Subscriber> others, Gap gap, long through) {
        return new GapNotice(List.of(gap), Optional.of(members), concerned(others, gap, through));
    }

    /** For those of some subscribers who are subscribed to the topic. */
    static GapNotice toAnyOf(Collection<Subscriber> some, Gap gap, long through) {
        return new GapNotice(List.of(gap), Optional.empty(), concerned(some, gap, through));
    }

    private static Set<Subscriber> concerned(Collection<Subscriber> some, Gap gap, long through) {
        Set<Subscriber> concerned = new LinkedHashSet<>();
        for (Subscriber subscriber : some) {
            boolean asks = subscriber.frames() != null && subscriber.isSubscribedTo(gap.topic());
            // One that has yet to read that part of the history finds the gap there.
            if (asks && (subscriber.catchUp() == null || !subscriber.catchUp().isBefore(gap.topic(), through))) {
                concerned.add(subscriber);
            }
        }
        return concerned;
    }

    List<Gap> gaps() {
        return gaps;
    }

    /** The sequence after which messages may be missing. */
    long after() {
        return gaps.get(0).after().sequence();
    }

    /** Whether any subscriber is still to be told. */
    boolean hasNext() {
        return untoldMembers > 0 || !others.isEmpty();
    }

    /** The next subscriber to tell. */
    Subscriber peek() {
        return untoldMembers > 0
                ? members.orElseThrow().get(untoldMembers - 1)
                : others.iterator().next();
    }

    /** The next subscriber to tell, which counts as told from now on. */
    Subscriber next() {
        Subscriber next = peek();
        if (untoldMembers > 0) {
            untoldMembers--;
        } else {
            others.remove(next);
        }
        return next;
    }

    /** A subscriber counts as told from now on; false if it did already, or the gap does not concern it. */
    boolean takeOut(Subscriber subscriber) {
        if (members.isPresent() && members.get().moveBehind(subscriber, untoldMembers)) {
            untoldMembers--;
            return true;
        }
        return others.remove(subscriber);
    }
}
