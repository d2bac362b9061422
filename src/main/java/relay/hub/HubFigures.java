package relay.hub;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import relay.fanout.Counts;
import relay.history.RetainedMessages;
import relay.message.Gap;
import relay.metrics.Counter;
import relay.metrics.Histogram;
import relay.publish.Backlog;

/**
 * What a hub has done up to a moment, and how it was then. Each number is right by itself; two of them may be of moments
 * that lie a batch apart.
 *
 * @param publishes messages that were accepted
 * @param publishedBytes the bytes of their texts
 * @param deliveries messages handed to connections, each as often as it was, those of the past included
 * @param deliveredBytes the bytes of these, as they went to the wire
 * @param resumes connections that went on from where their client had been before
 * @param catchUps how often the send queue of a client was full that then goes on from the history
 * @param gaps what clients were told that they may have missed, by reason: each reason is there
 * @param topics topics that clients ask for, connected or not
 * @param backlogBytes of accepted messages that wait for the workers
 * @param historyBytes held for those who come back, as {@link HistoryOptions#bytes} counts it
 * @param retained the values that topics have
 * @param retainedBytes what these take, as {@link relay.fanout.FanOutOptions#retainedBytes} counts it
 * @param retainedDropped values that went because of that bound
 * @param publishToWrite from a message's acceptance to the end of the batch that wrote it to a worker's connections
 * @param acknowledgement from a ping to the answer that acknowledges what it asked about
 */
public record HubFigures(
        long publishes,
        long publishedBytes,
        long deliveries,
        long deliveredBytes,
        long resumes,
        long catchUps,
        Map<Gap.Reason, Long> gaps,
        long topics,
        long backlogBytes,
        long historyBytes,
        long retained,
        long retainedBytes,
        long retainedDropped,
        Histogram.Snapshot publishToWrite,
        Histogram.Snapshot acknowledgement) {
    static HubFigures of(
            List<Counts> workers, Backlog backlog, long topics, long historyBytes, RetainedMessages retained) {
        Map<Gap.Reason, Long> gaps = new EnumMap<>(Gap.Reason.class);
        for (Gap.Reason reason : Gap.Reason.values()) {
            gaps.put(reason, sum(workers, worker -> worker.gaps(reason)));
        }
        return new HubFigures(
                backlog.storedMessages(),
                backlog.storedBytes(),
                sum(workers, worker -> worker.deliveries),
                sum(workers, worker -> worker.deliveredBytes),
                sum(workers, worker -> worker.resumes),
                sum(workers, worker -> worker.catchUps),
                gaps,
                topics,
                backlog.bytes(),
                historyBytes,
                retained.size(),
                retained.bytes(),
                retained.dropped(),
                together(workers, worker -> worker.publishToWrite),
                together(workers, worker -> worker.acknowledgement));
    }

    private static long sum(List<Counts> counts, Function<Counts, Counter> which) {
        return counts.stream().map(which).mapToLong(Counter::get).sum();
    }

    private static Histogram.Snapshot together(List<Counts> counts, Function<Counts, Histogram> which) {
        return counts.stream()
                .map(which)
                .map(Histogram::snapshot)
                .reduce(Histogram.Snapshot::plus)
                .orElseThrow();
    }
}
