package relay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import relay.client.InputMemory;
import relay.http.IdempotentAnswers;
import relay.hub.Hub;
import relay.hub.HubFigures;
import relay.logging.LogConfigurator;
import relay.message.Gap;
import relay.metrics.Figure;
import relay.outbound.CloseReason;
import relay.outbound.ConnectionTotals;

/**
 * Every figure that {@code GET /metrics} shows, beside those of the JVM, with its name. For any thread. What is read costs
 * as little with many clients as with few.
 *
 * @param connections how many are open
 * @param registrations how many there are
 * @param mostBacklog how many bytes may wait for the fan-out threads
 * @param name what the relay is called among several; empty if it is alone
 */
record RelayFigures(
        IntSupplier connections,
        IntSupplier registrations,
        Hub hub,
        long mostBacklog,
        ConnectionTotals totals,
        InputMemory inputs,
        IdempotentAnswers idempotent,
        Optional<String> name) {
    /** What the WebSocket layer alone closes with: protocol error, bad UTF-8, too big. */
    private static final List<Integer> PROTOCOL_CODES = List.of(1002, 1007, 1009);

    /** All of them, as they are now. */
    List<Figure> read() {
        HubFigures done = hub.figures();
        List<Figure> figures = new ArrayList<>(state(done));
        figures.addAll(traffic(done));
        figures.addAll(latencies(done));
        name.ifPresent(relay -> figures.addAll(amongOthers(relay)));
        return figures;
    }

    private List<Figure> amongOthers(String relay) {
        return List.of(
                new Figure.Info("relay_info", "Which of the relays this is that share an engine.", "relay", relay),
                new Figure.Gauge(
                        "relay_engine_up",
                        "1 while the engine that it shares with others works.",
                        hub.isEngineUp() ? 1 : 0));
    }

    private List<Figure> state(HubFigures now) {
        return List.of(
                new Figure.Gauge(
                        "relay_ready",
                        "1 while the relay takes newcomers, 0 once it leaves, or while its engine does not work.",
                        hub.trouble().isPresent() ? 0 : 1),
                new Figure.Gauge("relay_connections", "Open WebSockets and event streams.", connections.getAsInt()),
                new Figure.Gauge(
                        "relay_registrations", "Registered clients, connected or not.", registrations.getAsInt()),
                new Figure.Gauge(
                        "relay_topics", "Topics that at least one client asks for, connected or not.", now.topics()),
                new Figure.Gauge(
                        "relay_queue_bytes",
                        "Bytes that wait for clients which read more slowly than they are sent to.",
                        totals.queuedBytes()),
                new Figure.Gauge(
                        "relay_queue_memory_bytes",
                        "What the buffers of these take of memory, in the heap and beside it.",
                        totals.queueMemory()),
                new Figure.Gauge(
                        "relay_queue_memory_limit_bytes",
                        "How much that may be: at this the fullest queues are closed with 4408.",
                        totals.mostQueueMemory()),
                new Figure.Gauge(
                        "relay_input_bytes",
                        "Bytes that bodies and messages take of which only a part has come, each counted twice, and what is"
                                + " kept of compressed messages for the next.",
                        inputs.held()),
                new Figure.Gauge(
                        "relay_publish_queue_bytes",
                        "Bytes of accepted messages that wait for the fan-out threads, 256 for each beside its text.",
                        now.backlogBytes()),
                new Figure.Gauge(
                        "relay_publish_queue_limit_bytes",
                        "How many that may be: at this publishers get 503.",
                        mostBacklog),
                new Figure.Gauge(
                        "relay_history_bytes",
                        "Bytes of messages held for clients that come back, some 300 for each beside its text.",
                        now.historyBytes()),
                new Figure.Gauge(
                        "relay_idempotency_keys",
                        "Idempotency-Keys that are remembered, or whose request is under way.",
                        idempotent.size()));
    }

    private List<Figure> traffic(HubFigures done) {
        return List.of(
                new Figure.Counter("relay_publishes_total", "Messages accepted.", done.publishes()),
                new Figure.Counter(
                        "relay_published_bytes_total", "Bytes of the accepted messages' texts.", done.publishedBytes()),
                new Figure.Counter(
                        "relay_idempotent_replays_total",
                        "Publish requests that got the answer of an earlier one, for they had its Idempotency-Key.",
                        idempotent.replays()),
                new Figure.Counter(
                        "relay_deliveries_total",
                        "Messages handed to connections, each as often as it was, replayed ones included.",
                        done.deliveries()),
                new Figure.Counter(
                        "relay_delivered_bytes_total",
                        "Bytes of these, framed and compressed as they went out, before TLS.",
                        done.deliveredBytes()),
                new Figure.Counters(
                        "relay_closes_total", "Connections that the relay closed, by close code.", "code", closes()),
                new Figure.Counter(
                        "relay_resumes_total",
                        "Connections that went on after the last message that their client had.",
                        done.resumes()),
                new Figure.Counters(
                        "relay_gaps_total",
                        "Times that a client was told that it may have missed messages, by reason.",
                        "reason",
                        gaps(done)),
                new Figure.Counter(
                        "relay_log_lines_dropped_total",
                        "Lines left out of the log, since nobody took them in time.",
                        LogConfigurator.droppedLines()));
    }

    private static List<Figure> latencies(HubFigures done) {
        return List.of(
                new Figure.Histogram(
                        "relay_publish_to_write_seconds",
                        "From a message's acceptance until a fan-out thread has handed it to all its connections.",
                        done.publishToWrite()),
                new Figure.Histogram(
                        "relay_acknowledgement_seconds",
                        "From the ping that asks for an acknowledgement to the answer.",
                        done.acknowledgement()));
    }

    /** Every code from the start, so that the first close is a rise and not a new series. */
    private Map<String, Long> closes() {
        Map<String, Long> byCode = new LinkedHashMap<>();
        for (CloseReason reason : CloseReason.values()) {
            byCode.put(String.valueOf(reason.code()), 0L);
        }
        PROTOCOL_CODES.forEach(code -> byCode.put(String.valueOf(code), 0L));
        totals.closes().forEach((code, count) -> byCode.put(String.valueOf(code), count));
        return byCode;
    }

    private static Map<String, Long> gaps(HubFigures done) {
        Map<String, Long> byReason = new LinkedHashMap<>();
        for (Map.Entry<Gap.Reason, Long> gaps : done.gaps().entrySet()) {
            byReason.put(gaps.getKey().toString(), gaps.getValue());
        }
        return byReason;
    }
}
