package io.penstock.benchmarks.report;

/** Writes the few shapes of SVG that a plot is made of. Lengths are in pixels from the upper left corner. */
final class Svg {
    /** To which side of its point a text stands. */
    enum Anchor {
        START("start"),
        MIDDLE("middle"),
        END("end");

        private final String name;

        Anchor(String name) {
            this.name = name;
        }
    }

    private static final String FONTS = "system-ui, 'Helvetica Neue', Arial, sans-serif";

    private final StringBuilder text = new StringBuilder(16 * 1024);

    Svg(int width, int height, String title) {
        text.append("<svg xmlns=\"http://www.w3.org/2000/svg\"");
        attribute("viewBox", "0 0 " + width + " " + height);
        attribute("width", Integer.toString(width));
        attribute("height", Integer.toString(height));
        attribute("font-family", FONTS);
        attribute("role", "img");
        text.append(">\n<title>").append(escape(title)).append("</title>\n<rect");
        attribute("width", Integer.toString(width));
        attribute("height", Integer.toString(height));
        attribute("fill", "#ffffff");
        text.append("/>\n");
    }

    void line(double x1, double y1, double x2, double y2, Style style) {
        text.append("<line");
        attribute("x1", pixels(x1));
        attribute("y1", pixels(y1));
        attribute("x2", pixels(x2));
        attribute("y2", pixels(y2));
        stroke(style);
        text.append("/>\n");
    }

    void text(double x, double y, Style style, Anchor anchor, String content) {
        text.append("<text");
        attribute("x", pixels(x));
        attribute("y", pixels(y));
        finishText(style, anchor, content);
    }

    /** A text that reads upwards along a vertical axis. */
    void verticalText(double x, double y, Style style, String content) {
        text.append("<text");
        attribute("transform", "translate(" + pixels(x) + " " + pixels(y) + ") rotate(-90)");
        finishText(style, Anchor.MIDDLE, content);
    }

    private void finishText(Style style, Anchor anchor, String content) {
        attribute("font-size", pixels(style.size()));
        attribute("font-weight", style.bold() ? "600" : "400");
        attribute("fill", style.colour());
        attribute("text-anchor", anchor.name);
        text.append('>').append(escape(content)).append("</text>\n");
    }

    /** A line through points that {@link #point} made, a space between each. */
    void polyline(String points, Style style) {
        text.append("<polyline");
        attribute("points", points);
        attribute("fill", "none");
        attribute("stroke-linejoin", "round");
        stroke(style);
        text.append("/>\n");
    }

    /**
     * How something looks.
     *
     * @param size a text's height, a line's width
     */
    record Style(String colour, double size, boolean bold) {
        Style(String colour, double size) {
            this(colour, size, false);
        }
    }

    private void stroke(Style style) {
        attribute("stroke", style.colour());
        attribute("stroke-width", pixels(style.size()));
    }

    String finish() {
        return text.append("</svg>\n").toString();
    }

    static String point(double x, double y) {
        return pixels(x) + "," + pixels(y);
    }

    /** A tenth of a pixel is as fine as anybody sees. */
    private static String pixels(double value) {
        long tenths = Math.round(value * 10);
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : Double.toString(tenths / 10.0);
    }

    private void attribute(String name, String value) {
        text.append(' ').append(name).append("=\"").append(escape(value)).append('"');
    }

    private static String escape(String content) {
        return content.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
