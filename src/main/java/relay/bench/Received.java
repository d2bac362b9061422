package relay.bench;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What came at all the subscribers.
 *
 * @param latency of the messages that count, in nanoseconds
 * @param lastMeasured when the last of those came; 0 if none did
 * @param missing messages that a subscriber never got
 * @param repeated messages that a subscriber got again
 * @param reordered messages that came after a later one
 * @param foreign frames that no publisher of this run sent to that topic
 */
record Received(Histogram latency, long lastMeasured, long missing, long repeated, long reordered, long foreign) {
    static Received of(List<Tally> tallies) {
        Histogram latency = Tally.newHistogram();
        long last = 0;
        for (Tally tally : tallies) {
            boolean isLater = latency.getTotalCount() == 0 || tally.lastMeasured() - last > 0;
            if (tally.latency().getTotalCount() > 0 && isLater) {
                last = tally.lastMeasured();
            }
            latency.add(tally.latency());
        }
        return new Received(
                latency,
                last,
                tallies.stream().mapToLong(tally -> tally.checker().missing()).sum(),
                tallies.stream().mapToLong(tally -> tally.checker().repeated()).sum(),
                tallies.stream().mapToLong(tally -> tally.checker().reordered()).sum(),
                tallies.stream().mapToLong(Tally::foreign).sum());
    }
}
