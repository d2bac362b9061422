/**
 * The recent past of the one sequence of messages.
 *
 * <ul>
 *   <li>{@link relay.history.MessageLog}: how far the sequence has come; each message is appended here
 *   <li>{@link relay.history.History}: the latest messages of each topic, and the lock around them
 *   <li>{@code TopicLogs}: the logs of all topics, within bounds on count, age and bytes; {@code ExpiryQueue} has the oldest message
 *   <li>{@code TopicLog}: the messages of one topic that are for everybody, or for one user; {@code TopicLogReader} goes through them
 *   <li>{@code ArchivedPart}: those of a log that only the engine's archive has; {@code ArchiveIndex} has all of these parts
 *   <li>{@code LogNames}: the topics that have logs, for those who ask for patterns; {@code PatternWalk} finds the logs that match one, and
 *       {@code RecentLogs} has those that the last messages came to
 *   <li>{@link relay.history.HistoryReader}: one pass over what a client missed, page by page
 *   <li>{@link relay.history.RetainedMessages}: the retained values, apart from the logs and within a bound of their own;
 *       {@link relay.history.RetainedReader}: one pass over those of some topics
 * </ul>
 *
 * <p><b>Where a message is.</b> In memory, from when it comes until the bytes run out. Then it is gone; but where the engine has an
 * {@link relay.engine.Archive}, it stays in its log as 16 bytes, its sequence and its location, until its log has too many messages or
 * the archive trims it ({@link relay.history.History#trimmed}). After a restart all messages are there in that way. A page of
 * {@link relay.history.HistoryReader} has messages from memory, or locations for {@code relay.fanout} to have read.
 *
 * <p><b>Patterns.</b> A pattern has no log: whoever reads it reads the logs of all topics that match it, as one. They are found by name,
 * or, by whoever is only a little behind, among those that the last messages came to. So it does not matter to them how many topics there are; and a
 * client that has caught up but for the last moment gets to the present in one step. Very many logs are read some thousand at a time, those
 * with the next messages first. What was trimmed of any of them is a gap of the pattern.
 *
 * <p><b>Why a client got a gap with reason {@code trimmed}</b>: it wanted messages of a log that go back to before the log's <i>trim
 * point</i>, the last message that was removed because of a bound. {@code TopicLog.trimPoint} has it while the log holds
 * messages, and {@code TrimPoints} afterwards. {@code FollowedTopic} has the point before which an engine brought no messages of
 * a topic at all. {@code HistoryReader.lookUp} compares, and {@code relay.fanout} tells the client: its package-info has all the
 * reasons. Messages in the archive that were damaged before the start, on topics that nobody knows, are known to {@link
 * relay.history.History#isDamagedAfter}.
 *
 * <p>Any thread may read; messages are appended by one at a time, in the order of their sequence. One lock, that of
 * {@code History}, guards everything but the retained values, and nothing of another package is called under it. Imports {@code relay.engine},
 * {@code relay.message} and {@code relay.schedule}.
 */
@NullMarked
package relay.history;

import org.jspecify.annotations.NullMarked;
