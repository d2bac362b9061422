package relay.publish;

import relay.message.MessageId;

/** Is told that a message has been handed to the connections it goes to, or why not. */
public interface PublishListener extends NotPublished {
    /**
     * Called once, by any thread: it must neither block nor throw.
     *
     * @param id the message's id
     * @param queued how many open connections of this relay the message was handed to
     * @param others how many other relays take it to theirs
     */
    void handedOver(MessageId id, int queued, int others);
}
