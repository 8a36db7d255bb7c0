package io.penstock.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class LatencyPlotTest {

    @Test
    void isWellFormedAndNamesWhatItShows() throws Exception {
        Document picture = draw("fast & <new>", constant(5_000, 1000), "slow", constant(50_000, 1000));
        assertThat(texts(picture))
                .contains("fast & <new>", "slow", "a title", "a subtitle", "50 %", "99.9 %", "10 \u00b5s");
    }

    @Test
    void drawsTheFasterServerBelowTheSlower() throws Exception {
        Document picture = draw("fast", constant(5_000, 1000), "slow", constant(50_000, 1000));
        NodeList curves = picture.getElementsByTagName("polyline");
        assertThat(curves.getLength()).isEqualTo(2);
        assertThat(heights(curves.item(0)))
                .allMatch(y -> y > heights(curves.item(1)).getFirst());
    }

    @Test
    void keepsEveryPointInsideThePicture() throws Exception {
        Histogram wide = new Histogram(1, 60_000_000_000L, 3);
        for (long nanos = 700; nanos < 60_000_000_000L; nanos *= 3) {
            wide.recordValueWithCount(nanos, 1 + 1_000_000_000L / nanos);
        }
        Document picture = draw("wide", wide, "one", constant(1, 1));
        NodeList curves = picture.getElementsByTagName("polyline");
        for (int i = 0; i < curves.getLength(); i++) {
            assertThat(heights(curves.item(i))).isNotEmpty().allMatch(y -> y >= 0 && y <= 560);
        }
    }

    private static Histogram constant(long nanos, long count) {
        Histogram histogram = new Histogram(1, 60_000_000_000L, 3);
        histogram.recordValueWithCount(nanos, count);
        return histogram;
    }

    private static Document draw(String first, Histogram a, String second, Histogram b) throws Exception {
        String svg = new LatencyPlot(
                        "a title",
                        "a subtitle",
                        List.of(new LatencyPlot.Series(first, a), new LatencyPlot.Series(second, b)))
                .toSvg();
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    private static List<String> texts(Document picture) {
        NodeList nodes = picture.getElementsByTagName("text");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }

    private static List<Double> heights(org.w3c.dom.Node curve) {
        List<Double> heights = new ArrayList<>();
        for (String point : ((Element) curve).getAttribute("points").split(" ", -1)) {
            heights.add(Double.parseDouble(point.substring(point.indexOf(',') + 1)));
        }
        return heights;
    }
}
