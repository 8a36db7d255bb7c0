package io.penstock.datapath.device.afxdp;

import static io.penstock.datapath.device.afxdp.BpfAssembler.R0;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R1;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R2;
import static io.penstock.datapath.device.afxdp.BpfAssembler.R3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The bytes of instructions, compared with what the kernel's own macros give (linux/filter.h). */
class BpfAssemblerTest {
    private static long only(BpfAssembler a) {
        long[] program = a.assemble();
        assertThat(program).hasSize(1);
        return program[0];
    }

    @Test
    void encodesLoads() {
        // BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, 4): 61 12 04 00 00000000
        assertThat(only(new BpfAssembler().load(BpfAssembler.WORD, R2, R1, 4))).isEqualTo(0x0000_0000_0004_1261L);
        assertThat(only(new BpfAssembler().load(BpfAssembler.HALF, R2, R1, 12))).isEqualTo(0x0000_0000_000c_1269L);
        assertThat(only(new BpfAssembler().load(BpfAssembler.BYTE, R2, R1, -1))).isEqualTo(0x0000_0000_ffff_1271L);
    }

    @Test
    void encodesArithmetic() {
        assertThat(only(new BpfAssembler().move(R3, R2))).isEqualTo(0x23bfL);
        assertThat(only(new BpfAssembler().set(R0, 2))).isEqualTo(0x0000_0002_0000_00b7L);
        assertThat(only(new BpfAssembler().add(R3, -14))).isEqualTo(0xffff_fff2_0000_0307L);
        assertThat(only(new BpfAssembler().addRegister(R2, R3))).isEqualTo(0x320fL);
        assertThat(only(new BpfAssembler().and(R2, 0x0f))).isEqualTo(0x0000_000f_0000_0257L);
        assertThat(only(new BpfAssembler().shiftLeft(R2, 2))).isEqualTo(0x0000_0002_0000_0267L);
    }

    @Test
    void encodesCallsAndExits() {
        assertThat(only(new BpfAssembler().call(51))).isEqualTo(0x0000_0033_0000_0085L);
        assertThat(only(new BpfAssembler().exit())).isEqualTo(0x95L);
    }

    @Test
    void loadsAMapWithTwoInstructions() {
        assertThat(new BpfAssembler().loadMap(R1, 5).assemble()).containsExactly(0x0000_0005_0000_1118L, 0L);
    }

    @Test
    void countsJumpsFromTheInstructionThatFollows() {
        long[] program = new BpfAssembler()
                .jumpIfEqual(R2, -1, "end")
                .jumpIfNotEqual(R2, 1, "end")
                .jumpIfLess(R2, 1, "end")
                .jumpIfAnySet(R2, 1, "end")
                .jumpIfGreater(R2, R3, "end")
                .jump("end")
                .label("end")
                .exit()
                .assemble();
        assertThat(program)
                .containsExactly(
                        0xffff_ffff_0005_0216L,
                        0x0000_0001_0004_0256L,
                        0x0000_0001_0003_02a6L,
                        0x0000_0001_0002_0246L,
                        0x0000_0000_0001_322dL,
                        0x0000_0000_0000_0005L,
                        0x95L);
    }

    @Test
    void refusesLabelsThatAreMissingOrStandTwice() {
        BpfAssembler missing = new BpfAssembler().jump("nowhere");
        assertThatThrownBy(missing::assemble)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("nowhere");
        BpfAssembler once = new BpfAssembler().label("here").exit();
        assertThatThrownBy(() -> once.label("here"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("here");
    }

    @Test
    void refusesJumpsThatAreTooFar() {
        BpfAssembler far = new BpfAssembler().jump("end");
        for (int i = 0; i <= Short.MAX_VALUE; i++) {
            far.set(R0, 0);
        }
        far.label("end").exit();
        assertThatThrownBy(far::assemble)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("too far");
    }
}
