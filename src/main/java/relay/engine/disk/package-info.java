/**
 * The engine of a relay that is alone and keeps its data in a directory: {@link relay.engine.disk.DiskEngine}. {@link
 * relay.engine.disk.DiskInspection} says what is in one.
 *
 * <p><strong>Files.</strong> Segments, {@code <where it begins in the log>.log}, are one log of records that only grows; the newest is
 * appended to, the oldest is deleted. Each begins with a header, in two copies: format, epochs, and a random secret that all records are
 * marked and checked with. {@code lock} is held by the process that uses the directory, and says how it ended.
 *
 * <p><strong>Threads.</strong> {@code disk} is the only one that writes ({@link relay.engine.disk.Writer}). It takes all that waits in
 * the inbox, writes it at once, waits for the disk once, and only then hands messages out and completes stages, in order; the next group
 * gathers meanwhile. Two threads {@code disk-read} read messages back. Whoever calls the engine leaves something in the inbox and
 * returns. What waits there is bounded: messages by the hub's backlog, requests by a number, changes of registrations by one for each.
 *
 * <p><strong>What lives on.</strong> Registrations, idempotency keys and retained values are also in memory. Before a segment is deleted,
 * what is only in there is written again at the end, some of it between any two groups. Registrations take half of {@code --data-bytes}
 * at most, keys an eighth, and retained values a quarter, or {@code --retained-bytes} if that is less: at that bound those that were set
 * longest ago are forgotten. Cursors, which are written about once a second, are fewer where they would fill the log.
 *
 * <p><strong>Retained values</strong> need no record of their own at first: the message that sets or clears one is that. A start brings
 * the newest of each topic and recipient, unless it has expired, in the order of their sequence.
 *
 * <p><strong>A start</strong> reads all segments. Bytes at the very end that are no record were being written when the process ended, and
 * are cut off: nobody was answered. Anywhere else they are damage: the next good record is searched for, and the messages in between are
 * a gap. A registration that was deleted comes back if the record of its end is damaged; and so does a retained value if the message is
 * damaged that has replaced or cleared it, for as long as its own record is there: one damaged record must not cost the values of all
 * topics, and the id of the value says how old it is. A message that has expired is not brought.
 *
 * <p><strong>The epoch goes on</strong> unless the end of the log may have been lost after clients saw it. Then a new one begins, far
 * behind: (1) the machine ended while a relay with {@code --data-sync=none} was running; (2) a relay was stopped well, and the log is
 * shorter than it was then; (3) there are segments but no lock file that can be read. So a backup is to be restored without {@code
 * lock}: with it, ids that clients have seen since would be given again.
 *
 * <p><strong>When the disk fails.</strong> A write that fails is cut off again, its group is refused, and so is all until a probe, once
 * a second, can be written. A sync that fails is final: what the file has then is not known. Its group is refused with words that say so,
 * nothing is taken in any more, and reads go on.
 *
 * <p><strong>Times</strong> are those of the machine's clock: if that jumps ahead, messages age. If it jumps back, messages keep the time of
 * the one before them until it has caught up, also after a start.
 *
 * <p><strong>Formats.</strong> This writes format 3. It goes on behind segments of format 2, in which no message is a client's, and
 * of format 1, in which messages have one topic and no options, with a new segment, so that an older relay refuses the directory instead
 * of taking options for text.
 *
 * <p>Imports {@code relay.engine}, {@code relay.client}, {@code relay.message}, {@code relay.fatal} and {@code relay.metrics}; knows no
 * other engine.
 */
@NullMarked
package relay.engine.disk;

import org.jspecify.annotations.NullMarked;
