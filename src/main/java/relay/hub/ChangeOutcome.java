package relay.hub;

import java.util.Optional;

/**
 * What has come of the attempt to change a client where it was thought to be.
 *
 * @param changed what has become of it; empty: it is to be looked for again, and nothing has changed
 * @param isAwaited whether it is not to be found since a connection is about to serve it there, from where its registration said when
 *     that was claimed
 */
record ChangeOutcome(Optional<Registrar.Changed> changed, boolean isAwaited) {
    /** It is not there any more, or somebody else changes it. */
    static final ChangeOutcome MOVED = new ChangeOutcome(Optional.empty(), false);

    /** A connection is about to serve it there. */
    static final ChangeOutcome AWAITED = new ChangeOutcome(Optional.empty(), true);

    /** It was there: it has changed, or cannot. */
    static ChangeOutcome of(Registrar.Changed changed) {
        return new ChangeOutcome(Optional.of(changed), false);
    }
}
