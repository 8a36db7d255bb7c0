/**
 * Pinned memory regions, frame pools and reference-counted buffers.
 */
module io.penstock.memory {
    requires io.penstock.linux;
    requires transitive chronicle.bytes;
    requires transitive chronicle.core;
    requires transitive org.agrona;
    requires org.slf4j;

    exports io.penstock.memory;
}
