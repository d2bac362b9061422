package relay.bench;

import java.util.List;

/**
 * The relays under load: one, or several that act as one.
 *
 * @param all at least one
 */
record Targets(List<Target> all) {
    Targets {
        all = List.copyOf(all);
    }

    static Targets only(Target target) {
        return new Targets(List.of(target));
    }

    /** The relay at which clients register. */
    Target first() {
        return all.get(0);
    }

    /** The relay of the subscriber or publisher with a number: they take turns. */
    Target of(int number) {
        return all.get(number % all.size());
    }
}
