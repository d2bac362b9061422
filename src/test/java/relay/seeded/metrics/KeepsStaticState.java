package relay.seeded.metrics;

public final class KeepsStaticState {
    static final int ALLOWED = 1;
    static int counter = ALLOWED;

    private KeepsStaticState() {}
}
