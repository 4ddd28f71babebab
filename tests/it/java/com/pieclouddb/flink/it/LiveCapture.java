package com.pieclouddb.flink.it;

import com.pieclouddb.flink.SourceTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * What a live Flink CDC source said of MariaDB's database {@code live} (tests/capture), a partition for some of the
 * tables each, and what MariaDB said itself.
 */
final class LiveCapture implements Partitions<String> {

    private static final long serialVersionUID = 1L;

    private static final Path FOLDER = Paths.get("tests/fixtures/debezium");
    private static final Pattern TABLE = Pattern.compile("\"table\":\"([^\"]*)\",\"server_id\"");

    private final String version;
    private final boolean envelope;
    private final int partitions;

    LiveCapture(String version, boolean envelope, int partitions) {
        this.version = version;
        this.envelope = envelope;
        this.partitions = partitions;
    }

    @Override
    public int partitions() {
        return partitions;
    }

    @Override
    public List<String> partition(int partition) {
        List<String> records = records();
        return records.stream()
                .filter(record -> Math.floorMod(table(record).hashCode(), partitions) == partition)
                .collect(Collectors.toList());
    }

    @Override
    public TypeInformation<String> type() {
        return Types.STRING;
    }

    List<String> records() {
        List<String> lines = lines("live-" + version + (envelope ? "/envelope" : "/plain"));
        if (!envelope) {
            return lines;
        }
        List<String> schemas = lines("live-" + version + "/schemas");
        return lines.stream()
                .map(line -> line.split(" ", 2))
                .map(parts ->
                        "{\"schema\":" + schemas.get(Integer.parseInt(parts[0])) + ",\"payload\":" + parts[1] + "}")
                .collect(Collectors.toList());
    }

    private static String table(String record) {
        Matcher found = TABLE.matcher(record);
        if (!found.find()) {
            throw new IllegalStateException("no table in " + record);
        }
        return found.group(1);
    }

    /** The tables as {@code information_schema} had them: {@code before} or {@code after} the changes. */
    static Collection<SourceTable> tables(String when) {
        Map<String, SourceTable.Builder> tables = new LinkedHashMap<>();
        Map<String, Map<Integer, String>> keys = new TreeMap<>();
        for (String line : lines("live/types." + when)) {
            String[] field = line.split("\t");
            tables.computeIfAbsent(field[0], name -> SourceTable.of("live", name))
                    .column(field[1], field[2], field[3].equals("YES"));
            if (!field[4].equals("-")) {
                keys.computeIfAbsent(field[0], name -> new TreeMap<>()).put(Integer.valueOf(field[4]), field[1]);
            }
        }
        keys.forEach((table, key) -> tables.get(table).primaryKey(new ArrayList<>(key.values())));
        return tables.values().stream().map(SourceTable.Builder::build).collect(Collectors.toList());
    }

    /**
     * A table's rows by their keys, each as its cells: MariaDB's, but for what the source is known to tell otherwise.
     */
    Map<String, List<String>> rows(SourceTable table) {
        Map<String, List<String>> rows = new TreeMap<>();
        for (String line : lines("live/rows")) {
            String[] field = line.split("\t", -1);
            if (field[0].equals(table.table())) {
                List<String> cells = new ArrayList<>();
                for (int i = 0; i < table.columns().size(); i++) {
                    cells.add(LiveCells.told(field[i + 1], table.columns().get(i)));
                }
                rows.put(key(table, cells), cells);
            }
        }
        for (String line : lines("live-" + version + "/differences")) {
            String[] difference = line.split(": | is |, loaded is ", 4);
            String[] place = difference[0].split(" ", 2);
            if (place[0].equals(table.table())) {
                List<String> row = rows.get(place[1]);
                row.set(
                        columns(table).indexOf(difference[1]),
                        LiveCells.told(
                                difference[3],
                                table.columns().get(columns(table).indexOf(difference[1]))));
            }
        }
        return rows;
    }

    static String key(SourceTable table, List<String> cells) {
        return table.primaryKey().stream()
                .map(column -> cells.get(columns(table).indexOf(column)))
                .collect(Collectors.joining(","));
    }

    private static List<String> columns(SourceTable table) {
        return table.columns().stream().map(SourceTable.Column::name).collect(Collectors.toList());
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(FOLDER.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
