package io.penstock.benchmarks.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.testkit.process.HarnessException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a bench found, for people and for programs. */
public final class BenchReport {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final ObjectNode root = JSON.createObjectNode();
    private final List<Claim> claims = new ArrayList<>();

    /** @param bench the bench's name, such as {@code echo} */
    public BenchReport(String bench) {
        root.put("bench", bench);
        root.putArray("claims");
        Environment.writeTo(root.putObject("environment"));
    }

    /** Puts one claim to the test. */
    public void add(Claim claim) {
        claims.add(claim);
        claim.writeTo(((ArrayNode) root.get("claims")).addObject());
    }

    /** The whole, to add what else was found. */
    public ObjectNode root() {
        return root;
    }

    /** Any of its own records and maps as JSON. */
    public static <T> JsonNode toJson(T value) {
        return JSON.valueToTree(value);
    }

    /** Whether all claims hold. */
    public boolean holds() {
        return claims.stream().allMatch(Claim::holds);
    }

    /** Prints the claims. */
    public void printClaims(PrintWriter out) {
        claims.forEach(out::println);
        out.flush();
    }

    /** Writes the file, if one is wanted. */
    public void write(Path file) {
        if (file != null) {
            try {
                writeText(file, JSON.writeValueAsString(root) + System.lineSeparator());
            } catch (JsonProcessingException e) {
                throw new HarnessException("cannot write the report as JSON", e);
            }
        }
    }

    /** Writes a file and the folders that it lies in. */
    public static void writeText(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new HarnessException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
