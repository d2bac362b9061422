package relay.websocket;

import relay.client.Ticker;
import relay.hub.Hub;
import relay.json.Json;

/** What all sockets share: one object, for there are very many of them, each with a reference to it. */
record SocketContext(Hub hub, Json json, Ticker ticker, SocketOptions options) {}
