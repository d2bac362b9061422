package relay.footprint;

/** What {@link SpareMemory} asks of the JVM. Only its thread calls it. */
interface Memory {
    /** Loads what the other methods need: later there may be no descriptor left to do so. */
    void open();

    /** How many bytes of the heap objects take, garbage included. */
    long used();

    /** How many bytes the heap takes from the system. */
    long committed();

    /** Lets the heap be collected about once a second from now on, with short pauses only, and shrink to what is in use. */
    void beginCollecting();

    /** Leaves the heap to the collector again. */
    void endCollecting();

    /** Gives back free memory outside the heap. */
    void trim();
}
