package relay.metrics;

import java.util.Map;

/**
 * Something that was counted or measured, at one moment, under the name that it is published by
 * (<a href="https://prometheus.io/docs/practices/naming/">Prometheus's conventions</a>). Immutable.
 */
public sealed interface Figure {
    /** The whole name: that of a counter ends with {@code _total}, that of a time with {@code _seconds}. */
    String name();

    /** One sentence on what it says. */
    String help();

    /** A value that rises and falls. */
    record Gauge(String name, String help, long value) implements Figure {}

    /**
     * Something that is so.
     *
     * @param label what it is about
     * @param value what that is
     */
    record Info(String name, String help, String label, String value) implements Figure {}

    /** A number that only grows while the relay runs. */
    record Counter(String name, String help, long value) implements Figure {}

    /**
     * Numbers of one kind that only grow while the relay runs.
     *
     * @param label what tells them apart
     * @param values by the label's value
     */
    record Counters(String name, String help, String label, Map<String, Long> values) implements Figure {
        public Counters {
            values = Map.copyOf(values);
        }
    }

    /** How durations are spread. */
    record Histogram(String name, String help, Distribution durations) implements Figure {}
}
