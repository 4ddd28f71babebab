package com.pieclouddb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The jar that users add holds what is ours, and nothing else. */
class JarContentTest {

    private static final Path JAR = Paths.get(System.getProperty("connector.jar"));

    private static List<String> files;

    @BeforeAll
    static void list() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            files = jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(JarEntry::getName)
                    .collect(Collectors.toList());
        }
    }

    @Test
    void everyClassIsOurs() {
        assertThat(files)
                .filteredOn(name -> name.endsWith(".class"))
                .isNotEmpty()
                .allMatch(name -> name.startsWith("com/pieclouddb/flink/"));
    }

    @Test
    void besidesTheClassesThereIsOnlyWhatAUserNeeds() {
        assertThat(files)
                .filteredOn(name -> !name.endsWith(".class"))
                .containsExactlyInAnyOrder(
                        "META-INF/MANIFEST.MF",
                        "META-INF/LICENSE",
                        "META-INF/NOTICE",
                        "META-INF/services/org.apache.flink.table.factories.Factory",
                        "META-INF/services/org.apache.flink.cdc.common.factories.Factory",
                        "com/pieclouddb/flink/version.properties",
                        "native/linux-" + arch() + "/libpieclouddb_flink.so");
    }

    @Test
    void flinkRunFindsTheCommand() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            String main = jar.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
            assertThat(files).contains(main.replace('.', '/') + ".class");
        }
    }

    @Test
    void theNameTellsTheVersion() throws IOException {
        String version = Files.readAllLines(Paths.get("gradle.properties")).stream()
                .filter(line -> line.startsWith("version="))
                .findFirst()
                .orElseThrow()
                .substring("version=".length());
        assertThat(JAR.getFileName()).hasToString("flink-sql-connector-pieclouddb-" + version + ".jar");
    }

    private static String arch() {
        return System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
    }
}
