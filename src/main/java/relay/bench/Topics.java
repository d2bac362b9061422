package relay.bench;

import java.security.SecureRandom;

/**
 * The topics of one run, by number. Their names are new for each run, so that two runs on one relay do not mix.
 *
 * @param run names the run
 * @param count how many there are
 */
record Topics(String run, int count) {
    static Topics random(int count) {
        return new Topics(Integer.toHexString(new SecureRandom().nextInt()), count);
    }

    /** ASCII without anything that JSON would escape. */
    String name(int topic) {
        return "bench-" + run + "-" + topic;
    }

    /** The topic that a subscriber asks for: they take turns. */
    int ofSubscriber(int subscriber) {
        return subscriber % count;
    }

    /** How many of the subscribers ask for a topic. */
    int subscribers(int topic, int subscribers) {
        return subscribers / count + (topic < subscribers % count ? 1 : 0);
    }
}
