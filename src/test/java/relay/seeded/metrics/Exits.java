package relay.seeded.metrics;

public final class Exits {
    private Exits() {}

    static void exit() {
        System.exit(1);
    }
}
