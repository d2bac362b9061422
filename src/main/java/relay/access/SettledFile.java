package relay.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import relay.schedule.Settling;

/**
 * A small file, which others may write at any time: its content {@linkplain Settling counts} once two looks in a row have found
 * the same. For one thread; a look may block on the disk.
 */
public final class SettledFile {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Path path;
    private final int mostBytes;
    private final boolean raw;
    private final Settling<Look> looks;
    private Look settled;

    /** @param problem why there is no text; empty if there is */
    private record Look(String text, String problem) {}

    private SettledFile(Path path, int mostBytes, boolean raw) {
        this.path = path;
        this.mostBytes = mostBytes;
        this.raw = raw;
        this.settled = read();
        this.looks = new Settling<>(settled);
    }

    /** A file of UTF-8 text, at which it looks for the first time. A byte order mark at the start is ignored. */
    public static SettledFile ofText(Path path, int mostBytes) {
        return new SettledFile(path, mostBytes, false);
    }

    /** A file of any bytes, at which it looks for the first time. Its text has one character for each of them (ISO 8859-1). */
    public static SettledFile ofBytes(Path path, int mostBytes) {
        return new SettledFile(path, mostBytes, true);
    }

    /** Looks at it again. */
    public void look() {
        settled = looks.look(read());
    }

    /**
     * Its content.
     *
     * @throws IOException if it cannot be read; the message says why, without the name of the file
     */
    public String text() throws IOException {
        if (!settled.problem().isEmpty()) {
            throw new IOException(settled.problem());
        }
        return settled.text();
    }

    /** How long to wait for the next look. */
    public Duration pause(Duration regular) {
        return looks.isMoving() ? Settling.AGAIN : regular;
    }

    /** Without the byte order mark that some programs write at the start. */
    static String withoutMark(String text) {
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    private Look read() {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(mostBytes + 1);
            if (bytes.length > mostBytes) {
                return new Look("", "it is too large: at most " + mostBytes + " bytes of keys");
            }
            if (raw) {
                return new Look(new String(bytes, ISO_8859_1), "");
            }
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return new Look(withoutMark(text), "");
        } catch (CharacterCodingException e) {
            return new Look("", "it is not text in UTF-8");
        } catch (NoSuchFileException e) {
            return new Look("", "there is no such file");
        } catch (AccessDeniedException e) {
            return new Look("", "the relay may not read this file");
        } catch (IOException e) {
            return new Look("", e instanceof FileSystemException ? e.toString() : String.valueOf(e.getMessage()));
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
