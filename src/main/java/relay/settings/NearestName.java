package relay.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds the name that somebody meant who has misspelt it. Stateless. */
final class NearestName {
    private NearestName() {}

    /**
     * The known name with the fewest letters to change, add or leave out (Levenshtein's distance), whatever their case; the
     * first of several.
     *
     * @param known at least one
     */
    static String to(String misspelt, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(
                        name -> distance(misspelt.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT))))
                .orElseThrow();
    }

    private static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            int[] current = new int[to.length() + 1];
            current[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                int replaced = previous[column - 1] + (from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1);
                int addedOrLeftOut = Math.min(previous[column], current[column - 1]) + 1;
                current[column] = Math.min(replaced, addedOrLeftOut);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
