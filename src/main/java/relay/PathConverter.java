package relay;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a file. Java writes it in the characters of the locale, which may have none but ASCII's. */
final class PathConverter implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + value + "' cannot name a file: " + e.getReason()
                    + " (with LC_ALL=C.UTF-8 in the environment any character can)");
        }
    }
}
