package relay.engine.disk;

import java.util.List;
import relay.message.UnavailableException;

/** Encodes the requests of a group: what changes registrations and keys. For the writer's thread. */
final class RequestEncoder {
    private final Changes changes;
    private final LiveState live;
    private final StateWriter states;
    private final List<Runnable> undo;
    private final List<Runnable> commit;
    private boolean isWaitedFor;

    /**
     * An encoder for one group after the other.
     *
     * @param changes where what has changed waits
     * @param undo takes what to do if the group is not stored
     * @param commit takes what to do if it is
     */
    RequestEncoder(Changes changes, LiveState live, StateWriter states, List<Runnable> undo, List<Runnable> commit) {
        this.changes = changes;
        this.live = live;
        this.states = states;
        this.undo = undo;
        this.commit = commit;
    }

    /** Another group begins. */
    void begin() {
        isWaitedFor = false;
    }

    /** Whether anybody waits until what it has encoded of this group is stored. */
    boolean isWaitedFor() {
        return isWaitedFor;
    }

    /**
     * Encodes one that is not {@link Request.Settle}, or refuses it.
     *
     * @param lastSequence of the newest message before it
     * @param location where in the log the buffer goes
     * @return whether there was room
     */
    boolean encode(Request request, long lastSequence, long location, long nowMillis) {
        if (request instanceof Request.Add add) {
            return encode(add, lastSequence, location, nowMillis);
        }
        if (request instanceof Request.Remove remove) {
            return encode(remove, lastSequence, nowMillis);
        }
        if (request instanceof Request.Renew renew) {
            return encode(renew, lastSequence, location, nowMillis);
        }
        if (request instanceof Request.Change change) {
            return encode(change, lastSequence, location, nowMillis);
        }
        return encode((Request.Answer) request, lastSequence, location, nowMillis);
    }

    private boolean encode(Request.Add add, long lastSequence, long location, long nowMillis) {
        StoredRegistration registration =
                StoredRegistration.of(add.registration(), live.nextNumber(), lastSequence, nowMillis);
        if (!live.hasRoomFor(registration)) {
            add.refuse(UnavailableException.noRoomFor("registrations on its disk"));
            return true;
        }
        int at = states.add(registration, lastSequence, nowMillis);
        if (at < 0) {
            return false;
        }
        isWaitedFor = true;
        live.wrote(registration, location + at);
        undo.add(() -> live.remove(registration.id));
        return true;
    }

    private boolean encode(Request.Remove remove, long lastSequence, long nowMillis) {
        isWaitedFor = true;
        StoredRegistration registration = live.find(remove.id());
        if (registration != null) {
            if (!states.encodeEnd(registration.number, lastSequence, nowMillis)) {
                return false;
            }
            states.removed(registration);
            undo.add(() -> states.notRemoved(registration));
        }
        return true;
    }

    private boolean encode(Request.Renew renew, long lastSequence, long location, long nowMillis) {
        StoredRegistration registration = live.find(renew.id());
        return registration == null
                || encode(
                        renew,
                        registration,
                        RegistrationCodec.renewed(registration.fixed(), renew.granted(), renew.ends()),
                        lastSequence,
                        location,
                        nowMillis);
    }

    /** What had changed before, or has since, counts already: so what is stored last is the newest. */
    private boolean encode(Request.Change change, long lastSequence, long location, long nowMillis) {
        Changes.Change waiting = changes.takeUrgent(change.id());
        if (waiting != null) {
            states.apply(waiting);
        }
        StoredRegistration registration = live.find(change.id());
        return registration == null
                || encode(
                        change,
                        registration,
                        RegistrationCodec.changed(registration.fixed(), change.allowed(), change.publish()),
                        lastSequence,
                        location,
                        nowMillis);
    }

    /** It is written as a whole, with all that has changed of it and is not written yet. */
    private boolean encode(
            Request request,
            StoredRegistration registration,
            byte[] fixed,
            long lastSequence,
            long location,
            long nowMillis) {
        byte[] before = registration.fixed();
        registration.fixed(fixed);
        if (!live.hasRoomForGrown(registration)) {
            registration.fixed(before);
            request.refuse(UnavailableException.noRoomFor("registrations on its disk"));
            return true;
        }
        int at = states.add(registration, lastSequence, nowMillis);
        if (at < 0) {
            registration.fixed(before);
            return false;
        }
        isWaitedFor = true;
        undo.add(() -> registration.fixed(before));
        undo.add(states.encodedWhole(registration));
        commit.add(() -> {
            if (live.find(registration.id) == registration) {
                live.wrote(registration, location + at);
            }
        });
        return true;
    }

    private boolean encode(Request.Answer answer, long lastSequence, long location, long nowMillis) {
        StoredKey before = live.key(answer.key().key(), nowMillis);
        if (before != null && before.fingerprint().equals(answer.key().fingerprint())) {
            StoredKey answered = before.answered(Layout.utf8(answer.answer()));
            int at = states.add(answered, lastSequence, nowMillis);
            if (at < 0) {
                return false;
            }
            isWaitedFor = true;
            commit.add(() -> live.wrote(answered, location + at, nowMillis));
        }
        return true;
    }
}
