package relay.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;

/**
 * A file that hangs: whoever opens it to read gets neither a byte nor an end, as from a disk that does not answer. Until it
 * is closed. For one thread.
 */
public final class HangingFile implements AutoCloseable {
    private final CompletableFuture<OutputStream> opened;

    private HangingFile(CompletableFuture<OutputStream> opened) {
        this.opened = opened;
    }

    /** Takes the place of a file. */
    public static HangingFile inPlaceOf(Path file) throws IOException {
        Path fifo = file.resolveSibling(file.getFileName() + ".fifo");
        ExternalProgram.run("mkfifo", fifo.toString());
        Files.move(fifo, file, StandardCopyOption.REPLACE_EXISTING);
        // To open it waits for a reader.
        CompletableFuture<OutputStream> opened = new CompletableFuture<>();
        Thread opener = new Thread(
                () -> {
                    try {
                        opened.complete(Files.newOutputStream(file));
                    } catch (IOException e) {
                        opened.completeExceptionally(e);
                    }
                },
                "fifo");
        opener.setDaemon(true);
        opener.start();
        return new HangingFile(opened);
    }

    /** Waits until somebody reads, in vain. */
    public void awaitReader() {
        opened.join();
    }

    /** Whether somebody has begun to read. */
    public boolean hasReader() {
        return opened.isDone();
    }

    /** Whoever reads finds the end. */
    @Override
    public void close() throws IOException {
        if (opened.isDone()) {
            opened.join().close();
        }
    }
}
