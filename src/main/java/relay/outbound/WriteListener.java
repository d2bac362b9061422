package relay.outbound;

import java.util.function.Consumer;

/** Is told once, in any thread, how a write ended. */
public interface WriteListener {
    /** Does nothing. */
    WriteListener NONE = of(() -> {}, cause -> {});

    /** A listener of two functions. */
    static WriteListener of(Runnable written, Consumer<Throwable> failed) {
        return new WriteListener() {
            @Override
            public void written() {
                written.run();
            }

            @Override
            public void failed(Throwable cause) {
                failed.accept(cause);
            }
        };
    }

    /** The operating system has taken all of it. */
    void written();

    /** The wire broke before. */
    void failed(Throwable cause);
}
