package relay.websocket;

import relay.client.Client;
import relay.outbound.SendQueue;

/** Who keeps count of the sockets. Its methods are called once for each, in any thread, and do not block. */
interface SocketOwner {
    /** Nothing more can be sent: a close frame is in line, or the socket is gone. */
    void ended(Client client, SendQueue queue);

    /** The socket is gone: nothing more comes. */
    void gone(Client client, SendQueue queue);
}
