package com.pieclouddb.flink;

import static com.tngtech.archunit.base.DescribedPredicate.anyElementThat;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.haveRawParameterTypes;
import static com.tngtech.archunit.lang.conditions.ArchConditions.never;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.junit.jupiter.api.Test;

/** The rooms of the Java half and the doors between them, as docs/architecture.md draws them. */
class ArchitectureTest {

    private static final String INTERNAL = "com.pieclouddb.flink.internal..";
    private static final String FLINK_1 = "com.pieclouddb.flink.internal.flink1";
    private static final String FLINK_2 = "com.pieclouddb.flink.internal.flink2";
    private static final String PIPELINE = "com.pieclouddb.flink.pipeline";

    /** What exists in only some lines of Flink; only a shim may name it. */
    private static final Set<String> VERSION_SPECIFIC = Set.of(
            "org.apache.flink.api.connector.sink2.StatefulSink",
            "org.apache.flink.api.connector.sink2.StatefulSink$StatefulSinkWriter",
            "org.apache.flink.api.connector.sink2.Sink$InitContext",
            "org.apache.flink.api.connector.sink2.WriterInitContext",
            "org.apache.flink.api.connector.sink2.SupportsWriterState",
            "org.apache.flink.api.connector.sink2.StatefulSinkWriter",
            "org.apache.flink.api.connector.sink2.TwoPhaseCommittingSink",
            "org.apache.flink.api.connector.sink2.TwoPhaseCommittingSink$PrecommittingSinkWriter",
            "org.apache.flink.api.connector.sink2.CommittingSinkWriter",
            "org.apache.flink.api.connector.sink2.SupportsCommitter",
            "org.apache.flink.streaming.api.connector.sink2.WithPreCommitTopology",
            "org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology",
            "org.apache.flink.streaming.api.connector.sink2.WithPreWriteTopology",
            "org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology");

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("com.pieclouddb.flink");

    @Test
    void thePublicSurfaceShowsNoInternalType() {
        check(methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat(
                        resideInAPackage("com.pieclouddb.flink").and(not(resideInAPackage(INTERNAL))))
                .should()
                .notHaveRawReturnType(resideInAPackage(INTERNAL))
                .andShould(never(haveRawParameterTypes(anyElementThat(resideInAPackage(INTERNAL))))));
    }

    @Test
    void stabilityIsAnnotated() {
        check(classes()
                .that()
                .resideInAPackage("com.pieclouddb.flink")
                .and()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .beAnnotatedWith(PublicEvolving.class));
        check(classes()
                .that()
                .resideInAnyPackage(INTERNAL, "com.pieclouddb.flink.table", PIPELINE, "com.pieclouddb.flink.sync..")
                .and()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .beAnnotatedWith(Internal.class));
    }

    @Test
    void onlyTheMakerOfRowImagesKnowsFlinksBinaryRows() {
        check(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("com.pieclouddb.flink.internal.row.RowImages")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(BinaryRowData.class));
    }

    @Test
    void onlyTheCrossingsRoomTouchesTheBridge() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("com.pieclouddb.flink.internal.jni")
                .should()
                .dependOnClassesThat()
                .haveSimpleName("NativeBridge"));
        check(noClasses()
                .that()
                .resideInAPackage("com.pieclouddb.flink.internal.jni")
                .should()
                .dependOnClassesThat(resideInAPackage("org.apache.flink..")
                        .and(not(resideInAnyPackage(
                                "org.apache.flink.annotation", "org.apache.flink.runtime.throwable")))));
    }

    @Test
    void onlyTheShimsNameTypesOfOneFlinkLine() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(FLINK_1, FLINK_2)
                .should()
                .dependOnClassesThat(describe(
                        "exist in some lines of Flink only", type -> VERSION_SPECIFIC.contains(type.getName()))));
        // Also the one that chooses names them as texts only.
        check(noClasses()
                .that()
                .resideOutsideOfPackage(FLINK_1)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(FLINK_1));
        check(noClasses()
                .that()
                .resideOutsideOfPackage(FLINK_2)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(FLINK_2));
    }

    @Test
    void nothingInsideKnowsSqlOrTheJob() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("com.pieclouddb.flink.table", PIPELINE, "com.pieclouddb.flink.sync..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.pieclouddb.flink.table", PIPELINE, "com.pieclouddb.flink.sync.."));
    }

    /** Flink CDC is on no other class path than a pipeline's; the command knows it by handles alone. */
    @Test
    void onlyTheSinkOfPipelinesNamesFlinkCdc() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(PIPELINE)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.flink.cdc.."));
    }

    @Test
    void classesAreNamedAfterThingsOfTheDomain() {
        check(noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Handler"));
    }

    @Test
    void theRulesSeeTheWholeConnector() {
        assertThat(OURS.stream().map(JavaClass::getSimpleName))
                .contains(
                        "NativeBridge",
                        "RowBatch",
                        "Flink1Sink",
                        "Flink2Sink",
                        "PieCloudDBDynamicTableSink",
                        "PieCloudDBDataSinkFactory",
                        "MySqlSyncDatabase");
    }

    private static void check(ArchRule rule) {
        rule.check(OURS);
    }
}
