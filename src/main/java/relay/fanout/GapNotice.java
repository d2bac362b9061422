package relay.fanout;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import relay.message.Gap;

/**
 * A gap that some subscribers have not yet been told of. The owning worker only.
 *
 * <p>Those who receive the topic stand in its members, the first so many of them: whoever is told is behind these, as is
 * whoever comes. That holds as long as nobody leaves who has not been {@linkplain #takeOut taken out}.
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
     * For all members of a topic, and those of others who ask for it.
     *
     * @param through the sequence up to which messages may be missing
     */
    static GapNotice toMembers(TopicIndex.Members members, Collection<Subscriber> others, Gap gap, long through) {
        return new GapNotice(List.of(gap), Optional.of(members), concerned(others, gap, through));
    }

    /** For those of some subscribers who ask for a topic. */
    static GapNotice toAnyOf(Collection<Subscriber> some, Gap gap, long through) {
        return new GapNotice(List.of(gap), Optional.empty(), concerned(some, gap, through));
    }

    private static Set<Subscriber> concerned(Collection<Subscriber> some, Gap gap, long through) {
        Set<Subscriber> concerned = new LinkedHashSet<>();
        for (Subscriber subscriber : some) {
            boolean asks = subscriber.frames != null && subscriber.asksFor(gap.topic());
            // Whoever comes there yet finds in the history what is missing.
            if (asks && (subscriber.catchUp == null || !subscriber.catchUp.isBefore(gap.topic(), through))) {
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

    /** Whether anybody is left who has not been told. */
    boolean hasNext() {
        return untoldMembers > 0 || !others.isEmpty();
    }

    /** One of them, who counts as told from now on. */
    Subscriber next() {
        if (untoldMembers > 0) {
            untoldMembers--;
            return members.orElseThrow().get(untoldMembers);
        }
        Iterator<Subscriber> rest = others.iterator();
        Subscriber next = rest.next();
        rest.remove();
        return next;
    }

    /** A subscriber counts as told from now on; false if it does already, or the gap is nothing to it. */
    boolean takeOut(Subscriber subscriber) {
        if (members.isPresent() && members.get().moveBehind(subscriber, untoldMembers)) {
            untoldMembers--;
            return true;
        }
        return others.remove(subscriber);
    }
}
