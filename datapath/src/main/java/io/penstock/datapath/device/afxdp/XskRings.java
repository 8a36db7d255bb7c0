package io.penstock.datapath.device.afxdp;

/**
 * The four rings of a socket.
 *
 * @param fill frames for receiving
 * @param completion frames that were sent
 * @param rx received packets
 * @param tx packets to send
 */
record XskRings(FillRing fill, CompletionRing completion, RxRing rx, TxRing tx) {}
