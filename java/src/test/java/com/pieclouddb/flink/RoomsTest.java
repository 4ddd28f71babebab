package com.pieclouddb.flink;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which room of the Java half may use which: the whole table, and no circle of rooms or of files.
 *
 * <p>A class that needs what its room may not use stands in the wrong room, or wants too much: a plan is not handed to
 * a writer, a small value is.
 */
class RoomsTest {

    private static final String OURS = "com.pieclouddb.flink.";

    /** Rooms from the lowest to the highest, each with those that it may use. */
    private static final Map<String, Set<String>> ROOMS = Map.ofEntries(
            entry("internal.settings", Set.of()),
            entry("internal.jni", Set.of()),
            entry("internal.schema", Set.of()),
            entry("internal.row", Set.of("internal.settings")),
            entry("internal.metrics", Set.of("internal.jni")),
            entry("internal.shuffle", Set.of("internal.settings", "internal.row")),
            entry("internal.spec", Set.of("internal.settings", "internal.schema")),
            entry("internal.commit", Set.of("internal.jni", "internal.spec")),
            entry(
                    "internal.writer",
                    Set.of(
                            "internal.settings",
                            "internal.jni",
                            "internal.row",
                            "internal.metrics",
                            "internal.shuffle",
                            "internal.spec",
                            "internal.commit")),
            entry(
                    "internal.router",
                    Set.of(
                            "internal.settings",
                            "internal.jni",
                            "internal.schema",
                            "internal.row",
                            "internal.metrics",
                            "internal.shuffle",
                            "internal.spec")),
            entry(
                    "internal.plan",
                    Set.of(
                            "internal.settings",
                            "internal.jni",
                            "internal.schema",
                            "internal.row",
                            "internal.shuffle",
                            "internal.spec",
                            "internal.writer",
                            "internal.router")),
            entry(
                    "internal.flink1",
                    Set.of("internal.plan", "internal.writer", "internal.commit", "internal.spec", "internal.jni")),
            entry(
                    "internal.flink2",
                    Set.of("internal.plan", "internal.writer", "internal.commit", "internal.spec", "internal.jni")),
            entry("sync.cli", Set.of()),
            entry("sync.cdc", Set.of()),
            entry("sync.model", Set.of()),
            entry("sync.conf", Set.of()),
            entry("sync.tables", Set.of("sync.cli", "sync.conf")),
            entry("sync.mysql", Set.of("sync.cdc", "sync.conf", "sync.tables")),
            entry("sync.handles", Set.of("sync.cdc", "sync.model", "sync.mysql")),
            entry("sync.records", Set.of("sync.cdc", "sync.tables", "sync.mysql")),
            entry(
                    "sync.checks",
                    Set.of("sync.cli", "sync.cdc", "sync.conf", "sync.tables", "sync.mysql", "sync.handles")),
            entry(
                    "sync.watch",
                    Set.of(
                            "sync.cdc",
                            "sync.conf",
                            "sync.tables",
                            "sync.mysql",
                            "sync.model",
                            "sync.handles",
                            "sync.checks")),
            entry(
                    "sync.source",
                    Set.of(
                            "sync.cli",
                            "sync.cdc",
                            "sync.conf",
                            "sync.tables",
                            "sync.mysql",
                            "sync.handles",
                            "sync.records",
                            "sync.watch")),
            entry(
                    "sync",
                    Set.of(
                            "sync.cli",
                            "sync.cdc",
                            "sync.conf",
                            "sync.tables",
                            "sync.mysql",
                            "sync.checks",
                            "sync.watch",
                            "sync.source")));

    private static final JavaClasses CONNECTOR = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("com.pieclouddb.flink");

    @Test
    void everyClassIsInARoomOfTheTable() {
        Set<String> rooms = CONNECTOR.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(OURS + "internal") || name.startsWith(OURS + "sync"))
                .map(name -> name.substring(OURS.length()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(rooms).containsExactlyInAnyOrderElementsOf(ROOMS.keySet());
    }

    @Test
    void aRoomUsesThoseBelowIt() {
        ROOMS.forEach((room, below) -> {
            String[] others = ROOMS.keySet().stream()
                    .filter(other -> !other.equals(room) && !below.contains(other) && tree(other) == tree(room))
                    .map(OURS::concat)
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(OURS + room)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others)
                    .because("the room '" + room + "' may use " + new TreeSet<>(below))
                    .check(CONNECTOR);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"com.pieclouddb.flink.internal.(*)..", "com.pieclouddb.flink.sync.(*).."})
    void roomsFormNoCircle(String rooms) {
        slices().matching(rooms).should().beFreeOfCycles().check(CONNECTOR);
    }

    @Test
    void filesFormNoCircle() {
        slices().assignedFrom(new FilesInRooms()).should().beFreeOfCycles().check(CONNECTOR);
    }

    /** Of the inside of the sink, or of the command. */
    private static boolean tree(String room) {
        return room.startsWith("internal");
    }

    /** Each file is a slice; those of the public surface are none, since a builder makes what leads to builders. */
    private static final class FilesInRooms implements SliceAssignment {

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            JavaClass file = type;
            while (file.getEnclosingClass().isPresent()) {
                file = file.getEnclosingClass().get();
            }
            return ROOMS.containsKey(file.getPackageName().replace(OURS, ""))
                    ? SliceIdentifier.of(file.getName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "files";
        }
    }
}
