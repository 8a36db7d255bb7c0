package io.penstock.control.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote beside this class, with the commit when there was one to read. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        Properties written = read();
        String commit = written.getProperty("commit", "");
        String suffix = commit.isEmpty() ? "" : " (" + commit + ")";
        return new String[] {
            "penstock " + written.getProperty("version") + suffix, "Java " + System.getProperty("java.runtime.version"),
        };
    }

    private static Properties read() {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
