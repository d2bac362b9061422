/**
 * Every flag, and how it is set: by the command line, by the environment, by a file.
 *
 * <ul>
 *   <li>{@link relay.settings.Settings}: each flag once, with its default, unit, bounds and help
 *   <li>{@link relay.settings.Flag}: the annotation: default, unit, bounds and help
 *   <li>{@link relay.settings.FlagSpec}: how its value is read, checked and shown
 *   <li>{@link relay.settings.SettingsReader}: which of flag, variable, line and default counts
 *   <li>{@link relay.settings.SettingsRules}: rules about several settings, such as one that needs another
 *   <li>{@link relay.settings.Configuration}: the result, and what {@code config} prints of it
 * </ul>
 *
 * <p>To add a flag, add a component with its {@code @Flag} to {@code Settings}, hand it over in {@code relay.PartOptions}, which
 * makes each part's record (tests make some of these records too), and add its row to the table in
 * {@code src/site/markdown/reference.md}: {@code relay.ReadmeIT} compares that with {@code --help}. Reading, bounds, the variable,
 * the file, {@code config} and {@code --help} need no more.
 *
 * <p>Used by the thread that starts the relay, and by that of SIGHUP. Imports, for the types of its values and the rules about
 * them, {@code message}, {@code access}, {@code engine}, {@code net} and {@code uri}.
 */
@NullMarked
package relay.settings;

import org.jspecify.annotations.NullMarked;
