package relay.cores;

/**
 * Who publishes to how many.
 *
 * @param topics how many topics there are; messages go to one after the other
 * @param subscribers how many clients each of them has, which have no other topic
 * @param publishers how many threads publish
 * @param window how many messages of each publisher may wait for their answer
 * @param messages how many of each publisher are measured
 */
record Shape(String name, int topics, int subscribers, int publishers, int window, int messages) {}
