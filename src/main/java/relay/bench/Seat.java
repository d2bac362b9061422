package relay.bench;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A registered client that is to connect.
 *
 * @param number its place among the subscribers of its loop, from 0
 * @param topic the number of the topic that it asked for
 * @param target the relay that it connects to
 * @param id its registration
 * @param source the address to connect from; empty: whichever the system takes
 */
record Seat(int number, int topic, Target target, String id, Optional<InetAddress> source) {}
