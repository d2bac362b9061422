package relay.engine.disk;

/**
 * A part of a file that is no record, or a file that is missing.
 *
 * @param file the one that it was found in
 * @param at where in it
 * @param bytes how many; 0: before it, files are missing
 * @param after the sequence of the last good message before it
 * @param through the sequence up to which messages are lost; the same: no message is lost, but perhaps a registration's state
 */
public record Damage(String file, long at, long bytes, long after, long through) {
    /** How many messages are lost. */
    public long messages() {
        return through - after;
    }
}
