package io.penstock.benchmarks.embed;

import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The project that docs/embed.md prints: its files, and the commands that build and run it, as they stand there. */
public final class SamplePage {
    private static final String FENCE = "```";

    private final Path page;
    private final List<Block> blocks;

    /** A fenced block: its language, and its text. */
    private record Block(String language, String text) {}

    private SamplePage(Path page, List<Block> blocks) {
        this.page = page;
        this.blocks = blocks;
    }

    /** Reads the page of the tree that lies at {@code root}. */
    public static SamplePage read(Path root) {
        Path page = root.resolve("docs/embed.md");
        try {
            return new SamplePage(page, blocks(Files.readAllLines(page)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Block> blocks(List<String> lines) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(FENCE)) {
                String language = lines.get(i).substring(FENCE.length());
                int begin = i + 1;
                do {
                    i++;
                } while (!lines.get(i).equals(FENCE));
                blocks.add(new Block(language, String.join("\n", lines.subList(begin, i)) + "\n"));
            }
        }
        return blocks;
    }

    /** The Maven project's own description. */
    public String pom() {
        return only("xml", "<project");
    }

    /** The class with the server and its client. */
    public String mainClass() {
        return only("java", "package com.example;");
    }

    /** The descriptor with which it is a module. */
    public String moduleInfo() {
        return only("java", "module ");
    }

    /**
     * The command in which {@code part} stands; the one that begins with it, if {@code part} begins with a newline.
     *
     * @throws HarnessException if the page has none or several
     */
    public String command(String part) {
        return only("sh", part);
    }

    /** All commands, in the page's order. */
    public List<String> commands() {
        return blocks.stream()
                .filter(block -> block.language().equals("sh"))
                .map(Block::text)
                .toList();
    }

    private String only(String language, String part) {
        List<String> found = blocks.stream()
                .filter(block -> block.language().equals(language) && ("\n" + block.text()).contains(part))
                .map(Block::text)
                .toList();
        if (found.size() != 1) {
            throw new HarnessException(
                    page + " has " + found.size() + " blocks of " + language + " with '" + part + "'");
        }
        return found.getFirst();
    }
}
