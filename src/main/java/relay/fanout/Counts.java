package relay.fanout;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.message.Gap;
import relay.metrics.Counter;
import relay.metrics.Histogram;

/** What one worker has done. That worker counts; any thread may read. */
public final class Counts {
    private static final List<Double> WRITE_BOUNDS = List.of(
            0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);

    /** An answer may be as late as the end of the connection: two ping intervals after the question. */
    private static final List<Double> ACKNOWLEDGEMENT_BOUNDS =
            List.of(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0);

    /** Messages handed to connections, each as often as it was, those of the past included. */
    public final Counter deliveries = new Counter();

    /** The bytes of these, as they went to the wire. */
    public final Counter deliveredBytes = new Counter();

    /** Connections that went on from where their client had been before. */
    public final Counter resumes = new Counter();

    /** How often the send queue of a client was full that then catches up. */
    public final Counter catchUps = new Counter();

    /** From a message's acceptance to the end of the batch that wrote it. */
    public final Histogram publishToWrite = new Histogram(WRITE_BOUNDS);

    /** From a ping to the answer that acknowledges what it asked about. */
    public final Histogram acknowledgement = new Histogram(ACKNOWLEDGEMENT_BOUNDS);

    private final Map<Gap.Reason, Counter> gaps = Stream.of(Gap.Reason.values())
            .collect(Collectors.toUnmodifiableMap(reason -> reason, reason -> new Counter()));

    /** What clients were told that they may have missed, for this reason. */
    public Counter gaps(Gap.Reason reason) {
        return Objects.requireNonNull(gaps.get(reason));
    }
}
