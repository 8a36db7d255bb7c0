package io.penstock.datapath.device.shm;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceProvider;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.wire.EthernetHeader;
import java.util.List;

/** Opens {@code shm:NAME[,role=a|b][,mtu=1500]}; without a role the first to come is A. */
public final class ShmProvider implements DeviceProvider {
    private static final int MIN_MTU = 576;
    private static final int MAX_MTU = ShmLayout.MAX_PACKET_BYTES - EthernetHeader.LENGTH;

    /** For the service loader. */
    public ShmProvider() {}

    @Override
    public String scheme() {
        return "shm";
    }

    @Override
    public String description() {
        return "a wire in shared memory between two processes of one user, or two stacks of one process";
    }

    @Override
    public List<String> options() {
        return List.of("role=a|b", "mtu");
    }

    @Override
    public PacketPort openPort(DeviceSpec spec) {
        int mtuBytes = mtu(spec);
        return new ShmPort(spec.name(), file(spec), mtuBytes);
    }

    @Override
    public PortLease acquire(DeviceSpec spec, DeviceSetup setup) {
        int mtuBytes = mtu(spec);
        ShmFile file = file(spec);
        PortLease lease = new PortLease(spec)
                .fact(ShmPort.END, file.end())
                .fact(ShmPort.MTU, mtuBytes)
                .descriptor(ShmPort.WIRE, file.fd());
        lease.onClose(file::letGo);
        return lease;
    }

    @Override
    public PacketPort attach(PortLease lease) {
        try (lease) {
            int end = (int) lease.number(ShmPort.END);
            if (end != 0 && end != 1) {
                throw new ConfigurationException("the lease of '" + lease.spec() + "' has no end " + end);
            }
            int mtuBytes = (int) lease.number(ShmPort.MTU);
            return new ShmPort(lease.spec().name(), ShmFile.over(lease.take(ShmPort.WIRE), end), mtuBytes);
        }
    }

    private static ShmFile file(DeviceSpec spec) {
        spec.allowOnly("role", "mtu");
        if (!spec.name().matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")) {
            throw new ConfigurationException("name '" + spec.name() + "' of device '" + spec
                    + "': expected up to 64 letters, digits, '_', '.' and '-'");
        }
        int end = switch (spec.option("role", "")) {
            case "" -> -1;
            case "a" -> 0;
            case "b" -> 1;
            default ->
                throw new ConfigurationException(
                        "role '" + spec.option("role", "") + "' of device '" + spec + "': expected a or b");
        };
        return ShmFile.attach(spec.name(), end);
    }

    private static int mtu(DeviceSpec spec) {
        String text = spec.option("mtu", "1500");
        int mtu = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new ConfigurationException(
                    "MTU '" + text + "' of device '" + spec + "': expected " + MIN_MTU + " to " + MAX_MTU);
        }
        return mtu;
    }
}
