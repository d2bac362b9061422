package relay.message;

/**
 * The place of an accepted message in a relay's log.
 *
 * @param epoch names the log: two relays, or one before and after a restart, have different epochs
 * @param sequence the position in that log, from 1, growing with every accepted message
 */
public record MessageId(String epoch, long sequence) {
    /** {@code <epoch>-<sequence>}. */
    @Override
    public String toString() {
        return epoch + "-" + sequence;
    }
}
