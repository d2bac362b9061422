package relay.net.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * The contents of a PEM file when it was read: blocks as in RFC 7468, with any text around them.
 *
 * @param flag the flag that names the file
 */
record PemFile(String flag, Path path, String text) {
    private static final int MAX_BYTES = 1 << 20;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END ([A-Z0-9 ]+)-----", Pattern.DOTALL);
    private static final String BEGIN = "-----BEGIN ";

    /** The text between a BEGIN and an END. */
    record Block(String label, String body) {
        /** Whether it is a private key with a password, in the new form or the old one, which has headers. */
        boolean isEncrypted() {
            return label.startsWith("ENCRYPTED") || body.contains(":");
        }
    }

    /** @throws InvalidInputException if it cannot be read */
    static PemFile read(String flag, Path path) {
        try (InputStream file = Files.newInputStream(path)) {
            byte[] bytes = file.readNBytes(MAX_BYTES + 1);
            PemFile result = new PemFile(flag, path, new String(bytes, StandardCharsets.ISO_8859_1));
            if (bytes.length > MAX_BYTES) {
                throw result.wrong("is larger than 1 MiB: it takes a PEM file");
            }
            return result;
        } catch (NoSuchFileException e) {
            throw new InvalidInputException(flag + " " + path + ": there is no such file");
        } catch (AccessDeniedException e) {
            throw new InvalidInputException(flag + " " + path + ": the relay may not read this file");
        } catch (IOException e) {
            throw new InvalidInputException(flag + " " + path + ": cannot be read: " + e.getMessage());
        }
    }

    /**
     * All its blocks, in order.
     *
     * @throws InvalidInputException if a block has no end
     */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        int end = 0;
        while (block.find()) {
            if (!block.group(1).equals(block.group(3)) || block.group(2).contains(BEGIN)) {
                throw breaksOff();
            }
            blocks.add(new Block(block.group(1), block.group(2)));
            end = block.end();
        }
        if (text.indexOf(BEGIN, end) >= 0) {
            throw breaksOff();
        }
        return blocks;
    }

    private InvalidInputException breaksOff() {
        return wrong("breaks off: a BEGIN is without its END");
    }

    /**
     * The bytes of a block.
     *
     * @throws InvalidInputException if it is not base64
     */
    byte[] bytes(Block block) {
        try {
            return Base64.getDecoder().decode(block.body().replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw wrong("is damaged: what stands between BEGIN and END is not base64");
        }
    }

    /** An error about this file. */
    InvalidInputException wrong(String what) {
        return new InvalidInputException(flag + " " + path + " " + what);
    }

    /** Without the contents: they may be a private key. */
    @Override
    public String toString() {
        return flag + " " + path;
    }
}
