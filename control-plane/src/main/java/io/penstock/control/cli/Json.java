package io.penstock.control.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

/** What {@code --json} prints. */
public final class Json {
    private Json() {}

    /** On several lines, for a person or a file. */
    public static String pretty(Object value) {
        return write(new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT), value);
    }

    /** On one line, for a stream of values. */
    public static String line(Object value) {
        return write(new ObjectMapper(), value);
    }

    private static String write(ObjectMapper mapper, Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("made of maps, lists, texts and numbers, this can be written", e);
        }
    }
}
