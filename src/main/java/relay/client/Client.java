package relay.client;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.message.ClientId;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;

/**
 * An entry of the registry: a client, its user, and the send queue of the connection that serves it now.
 *
 * <p>Everything is for any thread, except the queue, the end and whether it has been connected, which are only for the fan-out worker that owns the client. What
 * never changes is all but these and the permissions.
 */
public final class Client {
    private final ClientId id;
    private final @Nullable UserId user;
    private final Duration keep;
    private final Overflow overflow;
    private final boolean registered;

    /** Written by the owning worker; a connection's next command is checked against what its last one has made of them. */
    private volatile Permissions permissions;

    private @Nullable SendQueue queue;
    private @Nullable CloseReason ended;
    private boolean hasBeenConnected;

    /** Its share of the registry's room. Guarded by this client's lock. */
    private Room.Share share = Room.Share.NONE;

    /**
     * A client without a connection.
     *
     * @param user whose client it is; empty: nobody's, so it gets only what is for everybody
     * @param keep how long the registration outlives a lost connection; zero: not at all
     * @param overflow what happens when its send queue is full
     */
    public Client(ClientId id, Optional<UserId> user, Duration keep, Overflow overflow, Permissions permissions) {
        this(id, user, keep, overflow, permissions, true);
    }

    /** One that is closed when its send queue is full. */
    public Client(ClientId id, Optional<UserId> user, Duration keep, Permissions permissions) {
        this(id, user, keep, Overflow.CLOSE, permissions);
    }

    private Client(
            ClientId id,
            Optional<UserId> user,
            Duration keep,
            Overflow overflow,
            Permissions permissions,
            boolean registered) {
        this.id = id;
        this.user = user.orElse(null);
        this.keep = keep;
        this.overflow = overflow;
        this.permissions = permissions;
        this.registered = registered;
    }

    /** A client that comes with a connection and goes with it: nobody has registered it, and nobody is told its id. */
    public static Client direct(Optional<UserId> user, Permissions permissions) {
        return new Client(ClientId.random(), user, Duration.ZERO, Overflow.CLOSE, permissions, false);
    }

    public ClientId id() {
        return id;
    }

    /** Whose client it is; empty: nobody's. */
    public Optional<UserId> user() {
        return Optional.ofNullable(user);
    }

    /** Whether somebody has registered it: else it is stored nowhere, and no other relay hears of it. */
    public boolean isRegistered() {
        return registered;
    }

    public Duration keep() {
        return keep;
    }

    /** What happens when its send queue is full. */
    public Overflow overflow() {
        return overflow;
    }

    public Permissions permissions() {
        return permissions;
    }

    /** It has another credential. The owning worker only. */
    public void renew(Permissions now) {
        permissions = now;
    }

    Room.Share share() {
        return share;
    }

    void share(Room.Share now) {
        share = now;
    }

    /** The queue of its connection, or empty while it has none. The owning worker only. */
    public Optional<SendQueue> queue() {
        return Optional.ofNullable(queue);
    }

    /** A connection serves it from now on. The owning worker only. */
    public void attach(SendQueue newQueue) {
        queue = newQueue;
    }

    /** Whether a connection has ever served it, as far as anybody has {@linkplain #rememberConnected noted} that. The owning worker only. */
    public boolean hasBeenConnected() {
        return hasBeenConnected;
    }

    /** A connection serves it, or has served it before a restart. The owning worker only, or whoever makes the client. */
    public void rememberConnected() {
        hasBeenConnected = true;
    }

    /** Why no connection may serve it any more; empty while one may. The owning worker only. */
    public Optional<CloseReason> ended() {
        return Optional.ofNullable(ended);
    }

    /** No connection may serve it any more. The owning worker only. */
    public void end(CloseReason reason) {
        ended = reason;
    }

    /** No connection serves it. The owning worker only. */
    public void detach() {
        queue = null;
    }
}
