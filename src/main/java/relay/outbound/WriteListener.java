package relay.outbound;

import java.util.function.Consumer;

/** Is told, once and in whichever thread, how a write ended. */
public interface WriteListener {
    /** Listens to nothing. */
    WriteListener NONE = of(() -> {}, cause -> {});

    /** Does one thing when all is written, and another when it could not be. */
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

    /** All of it is with the operating system. */
    void written();

    /** The wire broke before that. */
    void failed(Throwable cause);
}
