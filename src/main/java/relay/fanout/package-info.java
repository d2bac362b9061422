/**
 * Brings each message to the clients that are subscribed to its topic.
 *
 * <p>A {@link relay.fanout.Worker} is one thread and the share of the clients that it owns. Messages and commands wait in its one
 * queue, so each command is atomic towards every message: a client that subscribes, connects or comes back reads the history up
 * to the worker's own position, and receives new messages from there on.
 *
 * <ul>
 *   <li>{@code WorkerLoop}: one turn of the thread: take commands, write the batch, see to timers, go on with catching up
 *   <li>{@code Subscriber}: one client, and the states it goes through; {@code Sessions} carries out the commands that move it
 *   <li>{@code DueClients}, {@code Timers}, {@code Liveness}, {@code SocketProgress}: what happens when a client's time has come
 *   <li>{@code Subscriptions}: who receives a message; {@code TopicIndex}, {@code ClientTable}: where these are found
 *   <li>{@code Batch}, {@code FrameBuffer}, {@code Runs}: messages encoded once, and one write for each subscriber
 *   <li>{@code CatchUp}, {@code CatchUpQueue}, {@code Replayer}, {@code ReplayWriter}, {@code ReplayFrameCache}: messages of the past
 *   <li>{@code RetainedReplay}: retained values, which new subscribers get before all else, in steps as messages of the past
 *   <li>{@code ArchivedPage}, {@code ArchiveReads}: those of them that only the engine's archive has. No worker waits for it: the client's
 *       step ends, and its next one comes when the page is there
 *   <li>{@code AckTracker}, {@code AckPings}, {@code AckQueue}: what clients have received; {@code AckSchedule}: when they are asked
 *   <li>{@code WatchedMessages}: which messages for one user have been received, if the backend is to hear of the others
 *   <li>{@link relay.fanout.TopicTable}, {@code SubscribedTopic}, {@code SubscribedTopics}, {@code TopicListing}: which topics have
 *       subscribers, over all workers
 * </ul>
 *
 * <p><b>Why a client got a gap</b>, by the gap's reason and the moment:
 *
 * <table>
 *   <caption>Who decides, and who tells the client</caption>
 *   <tr><th>reason</th><th>when</th><th>decided by</th><th>told by</th></tr>
 *   <tr><td>{@code trimmed}</td><td>it reconnects or subscribes, and what it wants is not stored any more</td>
 *       <td>{@link relay.history.HistoryReader#takeTrimmed}, from the log's trim point</td><td>{@code Replayer.advance}</td></tr>
 *   <tr><td>{@code damaged}</td><td>it reconnects or subscribes from before messages that were found damaged at the start, on topics that
 *       nobody knows</td>
 *       <td>the engine, by {@link relay.engine.Receiver#damaged}, and {@link relay.history.History#isDamagedAfter}</td>
 *       <td>{@code Subscriptions.replay}, before all else</td></tr>
 *   <tr><td>{@code damaged}</td><td>it catches up and comes to a message that the archive cannot read</td>
 *       <td>the archive, and {@link relay.history.History#isTrimmed} if it is only trimmed</td>
 *       <td>{@code Replayer.announceDamaged}, at its place</td></tr>
 *   <tr><td>{@code epoch}</td><td>it reconnects or subscribes with an id of an unknown epoch, or of one whose end was lost</td>
 *       <td>{@link relay.engine.Epochs#after}, and {@link relay.history.Starts} if that knows no such epoch</td><td>{@code Replayer.plan}</td></tr>
 *   <tr><td>{@code future}</td><td>it reconnects or subscribes with an id that no message has yet</td>
 *       <td>{@link relay.engine.Epochs#after}</td><td>{@code Replayer.plan}</td></tr>
 *   <tr><td>{@code trimmed}</td><td>while it is connected: the engine could not bring messages of a topic</td>
 *       <td>the engine, by {@link relay.engine.Receiver#missed}; in Redis {@code Resync}</td>
 *       <td>{@code GapNotices.tell}, or {@code Subscriptions.advance} if it catches up meanwhile</td></tr>
 *   <tr><td>{@code epoch}</td><td>while it is connected: the engine lost messages that it had stored</td>
 *       <td>the engine, by {@link relay.engine.Receiver#lost}; in Redis {@code OrderedReceiver.update}, after a fail-over, say</td>
 *       <td>{@code GapNotices.tellOfAnything}</td></tr>
 * </table>
 *
 * <p>All of them are sent by {@code Replayer.announce}, which counts them by reason. A client that loses messages while it catches
 * up gets no gap: it is too slow, and is disconnected with 4408. But one with {@link relay.client.Overflow#CATCHUP} is told.
 *
 * <p><b>When a client's send queue is full</b>, {@code Sessions.queueFull} disconnects it, or {@code Subscriptions.fallBehind} has it
 * catch up: what waits in its queue goes out, and then it goes on from the history behind that. What its queue had no room for
 * was not handed over: it counts neither as queued nor as acknowledged, and no receipt waits for it. A gap that its queue has no
 * room for is kept in {@code CatchUp}, one a topic, and told before the next message.
 *
 * <p>Every class here belongs to one worker's thread, but for {@code Worker}, {@code AckQueue.add}, and {@code TopicTable} with its
 * classes, which are for any thread. Imports {@code relay.history}, {@code relay.publish}, {@code relay.client},
 * {@code relay.outbound}, {@code relay.engine}, {@code relay.message}, {@code relay.metrics} and {@code relay.schedule}. It does not
 * know the hub.
 */
@NullMarked
package relay.fanout;

import org.jspecify.annotations.NullMarked;
