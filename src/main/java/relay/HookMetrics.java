package relay;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import relay.hook.HookSender;
import relay.hook.HookState;
import relay.metrics.Metrics;

/**
 * The metrics of a relay that posts events to a backend. For any thread; nothing waits.
 *
 * @param most how many events may wait
 */
record HookMetrics(HookSender sender, int most) {
    /** Adds all of them, as they are now. */
    void addTo(Metrics metrics) {
        HookState now = sender.state();
        HookState.Progress progress = now.progress();
        metrics.gauge(
                "relay_hook_waiting_events",
                "Events that wait for the endpoint of --hook, as far as this relay knows.",
                now.waiting());
        metrics.gauge("relay_hook_waiting_limit_events", "How many that may be: at this the oldest are dropped.", most);
        metrics.counters(
                "relay_hook_dropped_events_total",
                "Events that were dropped, because too many waited (full) or the endpoint had not taken them for a day (expired).",
                "reason",
                Map.of("full", now.full(), "expired", progress.expired()));
        metrics.counter("relay_hook_sent_events_total", "Events that the endpoint has taken.", progress.sent());
        Map<String, Long> attempts = new HashMap<>();
        progress.attempts().forEach((outcome, count) -> attempts.put(outcome.toString(), count));
        metrics.counters(
                "relay_hook_attempts_total",
                "Requests to the endpoint, by outcome: taken (2xx), refused (another status), timeout, failed (no answer) or not_http.",
                "outcome",
                attempts);
        metrics.gauge(
                "relay_hook_last_success_timestamp_seconds",
                "When the endpoint has taken some events last; 0 if it has not since the start.",
                progress.lastTaken().map(Instant::getEpochSecond).orElse(0L));
    }
}
