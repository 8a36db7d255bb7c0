package io.penstock.benchmarks.way;

/**
 * A place in the code that says so when it is passed.
 *
 * @param file the source file, as the name of its outer class
 * @param member the method that is entered, or the field that another file reads or writes
 * @param decides whether it is a method with a branch of its own
 */
record Site(String file, String member, boolean decides) {}
