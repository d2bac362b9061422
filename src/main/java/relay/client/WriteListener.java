package relay.client;

/** Is told, once and in whichever thread, how a write ended. */
public interface WriteListener {
    /** Listens to nothing. */
    WriteListener NONE = new WriteListener() {
        @Override
        public void written() {}

        @Override
        public void failed(Throwable cause) {}
    };

    /** All of it is with the operating system. */
    void written();

    /** The wire broke before that. */
    void failed(Throwable cause);
}
