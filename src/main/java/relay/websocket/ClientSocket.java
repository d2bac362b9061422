package relay.websocket;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Utf8StringBuilder;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.CloseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.Permissions;
import relay.fatal.Fatal;
import relay.message.InvalidInputException;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.CloseReason;
import relay.outbound.WriteListener;

/**
 * Handles what a client sends on its WebSocket: one frame at a time, in any Jetty thread.
 *
 * <p>It demands the next frame only when the last one has taken effect: the command is in force and its answer is written
 * to the socket. So a client has at most one command in progress and one answer in its queue, however fast it sends and
 * whether or not it reads. A pong that answers a ping tells the client that the commands before it are in force.
 */
final class ClientSocket implements FrameHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSocket.class);

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Client client;
    private final SocketContext context;
    private final @Nullable InflatingReader inflating;
    private @Nullable WebSocketCoreSession core;

    /** The text message that is being received; null between messages, and during a binary one. */
    private @Nullable Utf8StringBuilder text;

    private int messageBytes;

    /** The frames since {@link #secondBegan}. */
    private int framesInSecond;

    private long secondBegan;

    /** @param inflating decompresses what the client sends, if that was negotiated */
    ClientSocket(Client client, SocketContext context, Optional<InflatingReader> inflating) {
        this.client = client;
        this.context = context;
        this.inflating = inflating.orElse(null);
    }

    /** Sets the session. Must be called once, before anything else. */
    void listenTo(WebSocketCoreSession session) {
        core = session;
    }

    @Override
    public void onOpen(CoreSession session, Callback callback) {
        LOG.debug("client {} connected", client.id());
        callback.succeeded();
        connection().opened();
        demand();
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        long now = context.ticker().nanos();
        connection().heard(now);
        byte opCode = frame.getOpCode();
        if (opCode == OpCode.CLOSE) {
            if (connection().answersClose(Frames.payload(frame))) {
                context.hub().acknowledgeAll(client, connection().queue());
            }
            callback.succeeded();
        } else if (connection().isClosing()) {
            if (opCode == OpCode.PONG && isAllowed(opCode, now)) {
                acknowledge(Frames.payload(frame));
            }
            callback.succeeded();
            demand();
        } else if (!isAllowed(opCode, now)) {
            callback.succeeded();
            LOG.info("client {} sends too fast: closed with {}", client.id(), CloseReason.TOO_FAST.code());
            connection().close(CloseReason.TOO_FAST);
            demand();
        } else if (opCode == OpCode.PING) {
            ByteBuffer pong = Frames.of(OpCode.PONG, Frames.payload(frame));
            callback.succeeded();
            answer(pong);
        } else if (opCode == OpCode.PONG) {
            acknowledge(Frames.payload(frame));
            callback.succeeded();
            demand();
        } else {
            read(frame, callback);
        }
    }

    @Override
    public void onError(Throwable cause, Callback callback) {
        Fatal.report(cause);
        LOG.debug("client {}: {}", client.id(), cause.toString());
        callback.succeeded();
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        LOG.debug("client {} disconnected: {}", client.id(), status.getCode());
        connection().gone();
        callback.succeeded();
    }

    Client client() {
        return client;
    }

    /**
     * Takes a pong outside of Jetty's parser, while the next frame is demanded. It does what Jetty and {@link #onFrame}
     * would do. Not while the connection is closing.
     *
     * @param frame the whole frame, still masked; it is changed
     * @return false if the client sends too fast, which is for {@link #onFrame} to handle
     */
    boolean takesPong(ByteBuffer frame) {
        long now = context.ticker().nanos();
        if (!isAllowed(OpCode.PONG, now)) {
            return false;
        }
        connection().heard(now);
        acknowledge(Frames.unmasked(frame));
        return true;
    }

    /** No more frames come. For any thread. */
    void end() {
        if (inflating != null) {
            inflating.end();
        }
    }

    private void acknowledge(ByteBuffer pong) {
        Frames.sequence(pong)
                .ifPresent(sequence ->
                        context.hub().acknowledge(client, connection().queue(), sequence));
    }

    private void read(Frame frame, Callback callback) {
        Frame plain;
        try {
            plain = inflating == null ? frame : inflating.read(frame);
        } catch (CloseException e) {
            callback.failed(e);
            return;
        }
        receive(plain, callback);
    }

    private void receive(Frame frame, Callback callback) {
        if (frame.getOpCode() != OpCode.CONTINUATION) {
            messageBytes = 0;
            text = frame.getOpCode() == OpCode.TEXT ? new Utf8StringBuilder() : null;
        }
        messageBytes += frame.getPayloadLength();
        if (messageBytes > context.options().maxFrameBytes()) {
            callback.failed(Frames.tooLarge(context.options().maxFrameBytes()));
            return;
        }
        Utf8StringBuilder received = text;
        if (received != null) {
            received.append(Frames.payload(frame));
            boolean valid = !received.hasCodingErrors() && (!frame.isFin() || received.isComplete());
            if (!valid) {
                callback.failed(new BadPayloadException("text that is not valid UTF-8"));
                return;
            }
        }
        callback.succeeded();
        if (!frame.isFin()) {
            demand();
        } else if (received == null) {
            answer(SocketAnswer.binary(context.json()));
        } else {
            text = null;
            command(received.toCompleteString());
        }
    }

    /** The relay asks as often as it likes: answers do not count. */
    private boolean isAllowed(byte opCode, long nowNanos) {
        return (opCode == OpCode.PONG && connection().takesAnswer()) || isWithinRate(nowNanos);
    }

    private boolean isWithinRate(long nowNanos) {
        if (framesInSecond == 0 || nowNanos - secondBegan >= SECOND_NANOS) {
            secondBegan = nowNanos;
            framesInSecond = 0;
        }
        framesInSecond++;
        return framesInSecond <= context.options().maxFramesPerSecond();
    }

    private void command(String message) {
        if (message.equals("ping") || message.equals("ping\n") || message.equals("ping\r\n")) {
            demand();
            return;
        }
        try {
            SocketCommand command = SocketCommand.read(
                    context.json(), message, context.options().maxTopics());
            if (command instanceof SocketCommand.Subscribe subscribe) {
                subscribe(subscribe.wanted());
            } else if (command instanceof SocketCommand.Renew renew) {
                context.renewals()
                        .renew(
                                renew.token(),
                                client,
                                connection().queue(),
                                context.json(),
                                isAnswered(),
                                this::demand,
                                this::answer);
            }
        } catch (InvalidInputException e) {
            answer(SocketAnswer.invalidCommand(context.json(), e.detail()));
        }
    }

    private void subscribe(Subscription wanted) {
        boolean asksForMore = wanted.change() != Subscription.Change.REMOVE;
        Permissions permissions = client.permissions();
        Optional<Topic> refused = permissions.topics().refused(wanted.topics());
        if (asksForMore && refused.isPresent()) {
            answer(SocketAnswer.notAllowed(context.json(), refused.get(), permissions.topics()));
            return;
        }
        context.hub()
                .subscribe(
                        client,
                        connection().queue(),
                        wanted,
                        new SubscribeAnswers(
                                context.json(),
                                context.options().maxTopics(),
                                isAnswered(),
                                client,
                                permissions,
                                wanted),
                        this::demand,
                        cause -> answer(SocketAnswer.unavailable(context.json(), cause)));
    }

    /** Whether this client is told that its commands are in force. */
    private boolean isAnswered() {
        return context.sendsEnvelopes(connection().encoding());
    }

    private void answer(ByteBuffer frame) {
        connection().queue().control(frame, WriteListener.of(this::demand, cause -> demand()));
    }

    private void demand() {
        session().demand();
    }

    private RelayConnection connection() {
        return (RelayConnection) session().getConnection();
    }

    private WebSocketCoreSession session() {
        return Objects.requireNonNull(core);
    }
}
