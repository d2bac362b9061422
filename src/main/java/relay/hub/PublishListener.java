package relay.hub;

import relay.message.MessageId;

/** Is told that a message has been handed to the connections it goes to. */
@FunctionalInterface
public interface PublishListener {
    /**
     * Called once, by a fan-out worker: it must neither block nor throw.
     *
     * @param id the message's id
     * @param queued how many open connections the message was handed to
     */
    void handedOver(MessageId id, int queued);
}
