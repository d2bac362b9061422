package relay;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import relay.client.InputMemory;
import relay.hub.Hub;
import relay.hub.HubFigures;
import relay.logging.LogConfigurator;
import relay.metrics.Metrics;
import relay.outbound.CloseReason;
import relay.outbound.ConnectionTotals;
import relay.publish.IdempotentAnswers;
import relay.websocket.ClientPublications;

/**
 * Every metric that {@code GET /metrics} shows, beside those of the JVM, with its name. For any thread. Reading them costs
 * as little with many clients as with few.
 *
 * @param connections how many are open
 * @param registrations how many there are
 * @param mostBacklog how many bytes may wait for the fan-out threads
 * @param publications what clients publish
 * @param idempotent the answers to publishers with keys
 * @param name what the relay is called among several; empty if it is alone
 * @param data those of its disk; empty if it has none
 */
record RelayMetrics(
        IntSupplier connections,
        IntSupplier registrations,
        Hub hub,
        long mostBacklog,
        ConnectionTotals totals,
        InputMemory inputs,
        ClientPublications publications,
        List<IdempotentAnswers> idempotent,
        Optional<String> name,
        Optional<DataMetrics> data) {
    /** What the WebSocket layer alone closes with: protocol error, bad UTF-8, too big. */
    private static final List<Integer> PROTOCOL_CODES = List.of(1002, 1007, 1009);

    /** Adds all of them, as they are now. */
    void addTo(Metrics metrics) {
        HubFigures figures = hub.figures();
        addState(metrics, figures);
        addTraffic(metrics, figures);
        addLatencies(metrics, figures);
        name.ifPresent(relay -> addAmongOthers(metrics, relay));
        data.ifPresent(disk -> disk.addTo(metrics));
    }

    private void addAmongOthers(Metrics metrics, String relay) {
        metrics.info("relay_info", "Which of the relays this is that share an engine.", "relay", relay);
        metrics.gauge(
                "relay_engine_up", "1 while the engine that it shares with others works.", hub.isEngineUp() ? 1 : 0);
    }

    private void addState(Metrics metrics, HubFigures now) {
        metrics.gauge(
                "relay_ready",
                "1 while the relay takes newcomers, 0 once it leaves, or while its engine or disk does not work.",
                hub.trouble().isPresent() ? 0 : 1);
        metrics.gauge(
                "relay_connections",
                "Open WebSockets and event streams, and requests that wait for a message.",
                connections.getAsInt());
        metrics.gauge("relay_registrations", "Registered clients, connected or not.", registrations.getAsInt());
        metrics.gauge("relay_topics", "Topics that at least one client asks for, connected or not.", now.topics());
        metrics.gauge(
                "relay_queue_bytes",
                "Bytes that wait for clients which read more slowly than they are sent to.",
                totals.queuedBytes());
        metrics.gauge(
                "relay_queue_memory_bytes",
                "What the buffers of these take of memory, in the heap and beside it.",
                totals.queueMemory());
        metrics.gauge(
                "relay_queue_memory_limit_bytes",
                "How much that may be: at this the fullest queues are closed with 4408.",
                totals.mostQueueMemory());
        metrics.gauge(
                "relay_input_bytes",
                "Bytes that bodies and messages take of which only a part has come, each counted twice, and what is"
                        + " kept of compressed messages for the next.",
                inputs.held());
        metrics.gauge(
                "relay_publish_queue_bytes",
                "Bytes of accepted messages that wait for the fan-out threads, 256 for each beside its text.",
                now.backlogBytes());
        metrics.gauge(
                "relay_publish_queue_limit_bytes", "How many that may be: at this publishers get 503.", mostBacklog);
        metrics.gauge(
                "relay_history_bytes",
                "Bytes of messages held in memory for clients that come back, some 300 for each beside its text.",
                now.historyBytes());
        metrics.gauge("relay_retained_values", "Retained values.", now.retained());
        metrics.gauge(
                "relay_retained_bytes",
                "Bytes of memory that they take, some 500 for each beside its text.",
                now.retainedBytes());
        metrics.gauge(
                "relay_idempotency_keys",
                "Idempotency-Keys that are remembered, or whose request is under way.",
                idempotent.stream().mapToInt(IdempotentAnswers::size).sum());
    }

    private void addTraffic(Metrics metrics, HubFigures done) {
        metrics.counter("relay_publishes_total", "Messages accepted.", done.publishes());
        metrics.counter(
                "relay_client_publishes_total",
                "Messages accepted that clients have published on their sockets.",
                publications.published());
        metrics.counter("relay_published_bytes_total", "Bytes of the accepted messages' texts.", done.publishedBytes());
        metrics.counter(
                "relay_idempotent_replays_total",
                "Publish requests that got the answer of an earlier one, for they had its Idempotency-Key.",
                idempotent.stream().mapToLong(IdempotentAnswers::replays).sum());
        metrics.counter(
                "relay_deliveries_total",
                "Messages handed to connections, each as often as it was, replayed ones included.",
                done.deliveries());
        metrics.counter(
                "relay_delivered_bytes_total",
                "Bytes of these, framed and compressed as they went out, before TLS.",
                done.deliveredBytes());
        metrics.counters("relay_closes_total", "Connections that the relay closed, by close code.", "code", closes());
        metrics.counter(
                "relay_resumes_total",
                "Connections that went on after the last message that their client had.",
                done.resumes());
        metrics.counter(
                "relay_catchups_total",
                "Times that the send queue of a client with \"overflow\":\"catchup\" was full, and it went on from the history.",
                done.catchUps());
        metrics.counters(
                "relay_gaps_total",
                "Times that a client was told that it may have missed messages, by reason.",
                "reason",
                done.gaps());
        metrics.counter(
                "relay_retained_dropped_total",
                "Retained messages that were dropped because all of them took more than --retained-bytes.",
                done.retainedDropped());
        metrics.counter(
                "relay_log_lines_dropped_total",
                "Lines left out of the log, since nobody took them in time.",
                LogConfigurator.droppedLines());
    }

    private static void addLatencies(Metrics metrics, HubFigures done) {
        metrics.histogram(
                "relay_publish_to_write_seconds",
                "From a message's acceptance until a fan-out thread has handed it to all its connections.",
                done.publishToWrite());
        metrics.histogram(
                "relay_acknowledgement_seconds",
                "From the ping that asks for an acknowledgement to the answer.",
                done.acknowledgement());
    }

    /** Every code from the start, so that the first close is a rise and not a new series. */
    private Map<Integer, Long> closes() {
        Map<Integer, Long> byCode = new HashMap<>();
        for (CloseReason reason : CloseReason.values()) {
            byCode.put(reason.code(), 0L);
        }
        PROTOCOL_CODES.forEach(code -> byCode.put(code, 0L));
        byCode.putAll(totals.closes());
        return byCode;
    }
}
