package io.penstock.house;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static io.penstock.house.CompiledModules.CLASSES;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.module.ModuleDescriptor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Arrows run one way: what is above knows what is below, never back, and no circles. */
class ArrowsTest {

    /** A back end's package, with its name: a room below the SPI. */
    private static final Pattern BACK_END = Pattern.compile("io\\.penstock\\.datapath\\.device\\.(\\w+)(\\..*)?");

    @Test
    void modulesKnowOnlyWhatIsBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("linux")
                .definedBy("io.penstock.linux..")
                .layer("memory")
                .definedBy("io.penstock.memory..")
                .layer("datapath")
                .definedBy("io.penstock.datapath..")
                .layer("libos-tcp")
                .definedBy("io.penstock.libos.tcp..")
                .layer("server")
                .definedBy("io.penstock.server..")
                .layer("control-plane")
                .definedBy("io.penstock.control..")
                .optionalLayer("examples")
                .definedBy("io.penstock.examples..")
                .layer("testkit")
                .definedBy("io.penstock.testkit..")
                .optionalLayer("benchmarks")
                .definedBy("io.penstock.benchmarks..")
                .whereLayer("benchmarks")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("testkit")
                .mayOnlyBeAccessedByLayers("benchmarks")
                .whereLayer("examples")
                .mayOnlyBeAccessedByLayers("benchmarks")
                .whereLayer("control-plane")
                .mayOnlyBeAccessedByLayers("examples", "benchmarks")
                .whereLayer("server")
                .mayOnlyBeAccessedByLayers("examples", "benchmarks")
                .whereLayer("libos-tcp")
                .mayOnlyBeAccessedByLayers("examples", "benchmarks")
                .whereLayer("datapath")
                .mayOnlyBeAccessedByLayers("libos-tcp", "server", "control-plane", "testkit", "examples", "benchmarks")
                .whereLayer("memory")
                .mayOnlyAccessLayers("linux")
                .whereLayer("linux")
                .mayNotAccessAnyLayer()
                .check(CLASSES);
    }

    @Test
    void everyModuleIsHeld() {
        assertThat(CompiledModules.descriptors())
                .extracting(ModuleDescriptor::name)
                .containsExactlyInAnyOrder(
                        "io.penstock.linux",
                        "io.penstock.memory",
                        "io.penstock.datapath",
                        "io.penstock.libos.tcp",
                        "io.penstock.server",
                        "io.penstock.control",
                        "io.penstock.examples",
                        "io.penstock.testkit",
                        "io.penstock.benchmarks");
    }

    @Test
    void packagesFormNoCircles() {
        slices().matching("io.penstock.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void nothingAboveTheDeviceSpiKnowsABackEnd() {
        noClasses()
                .that(describe("are no back end's", type -> backEndOf(type) == null))
                .and()
                .resideOutsideOfPackage("io.penstock.benchmarks..")
                .should()
                .dependOnClassesThat(describe("are a back end's", type -> backEndOf(type) != null))
                .because("a back end can be deleted and the rest still compiles")
                .check(CLASSES);
    }

    @Test
    void backEndsDoNotKnowEachOther() {
        noClasses()
                .should(new ArchCondition<JavaClass>("depend on another back end") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        String own = backEndOf(type);
                        if (own == null) {
                            return;
                        }
                        type.getDirectDependenciesFromSelf().forEach(dependency -> {
                            String other = backEndOf(dependency.getTargetClass());
                            boolean foreign = other != null && !other.equals(own);
                            events.add(new SimpleConditionEvent(type, foreign, dependency.getDescription()));
                        });
                    }
                })
                .check(CLASSES);
    }

    @Test
    void nativeFunctionsAreBoundByTheLinuxModuleAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.penstock.linux..", "io.penstock.datapath.device.dpdk..")
                .should()
                .dependOnClassesThat(describe(
                        "are the linker or of it",
                        type -> type.getName().matches("java\\.lang\\.foreign\\.(Linker|SymbolLookup)(\\$.*)?")))
                .because("each kernel interface stands once; DPDK's library is no kernel interface")
                .check(CLASSES);
    }

    @Test
    void kernelInterfacesAreCalledByTheirClasses() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.penstock.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.penstock.linux.call..")
                .check(CLASSES);
    }

    private static String backEndOf(JavaClass type) {
        Matcher name = BACK_END.matcher(type.getPackageName());
        return name.matches() ? name.group(1) : null;
    }
}
