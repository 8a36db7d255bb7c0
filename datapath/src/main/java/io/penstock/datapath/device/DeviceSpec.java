package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The name of a device, as {@link Devices#parse} reads it: {@code scheme:name[,key=value]...}, such as {@code afxdp:vb,mode=generic}.
 *
 * @param scheme which back end
 * @param name what the back end calls it: an interface, a wire
 * @param options what else was said, in its order
 */
public record DeviceSpec(String scheme, String name, Map<String, String> options) {
    public DeviceSpec {
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    /**
     * Parses a name that has a scheme.
     *
     * @throws ConfigurationException if it has no scheme or no name, or an option without a value
     */
    static DeviceSpec of(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0) {
            throw new ConfigurationException("'" + text + "' is not a device: expected BACKEND:NAME");
        }
        String[] parts = text.substring(colon + 1).split(",", -1);
        if (parts[0].isEmpty()) {
            throw new ConfigurationException(
                    "device '" + text + "' has no name: expected for example " + text.substring(0, colon) + ":NAME");
        }
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals <= 0 || equals == parts[i].length() - 1) {
                throw new ConfigurationException(
                        "option '" + parts[i] + "' of device '" + text + "': expected KEY=VALUE");
            }
            options.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
        }
        return new DeviceSpec(text.substring(0, colon), parts[0], options);
    }

    /** An option's value, or {@code otherwise}. */
    public String option(String key, String otherwise) {
        return options.getOrDefault(key, otherwise);
    }

    /** Refuses options that the back end does not know. */
    public void allowOnly(String... known) {
        for (String key : options.keySet()) {
            if (!java.util.List.of(known).contains(key)) {
                throw new ConfigurationException("device '" + this + "' has no option '" + key + "': known are "
                        + (known.length == 0 ? "none" : String.join(", ", known)));
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(scheme).append(':').append(name);
        options.forEach((key, value) -> text.append(',').append(key).append('=').append(value));
        return text.toString();
    }
}
