package io.penstock.control.cli;

import java.util.List;
import java.util.Map;

/** A command, or a mixin of one, whose options the help shows under headings, as there are too many for one list. */
public interface GroupedOptions {
    /**
     * By heading, in the order in which they are shown, the names of the options below it, such as {@code --core}. A name that
     * the command does not have is passed over; options that are named nowhere come last.
     */
    Map<String, List<String>> optionGroups();
}
