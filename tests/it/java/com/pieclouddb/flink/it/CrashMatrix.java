package com.pieclouddb.flink.it;

import com.pieclouddb.flink.PieCloudDBOptions.LoadMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All crashes there are, by point, load mode and fault: what runs, and the table that shows it. */
final class CrashMatrix {

    private static final List<LoadMode> MODES = List.of(LoadMode.APPEND, LoadMode.MERGE);

    private CrashMatrix() {}

    /** All cells of these faults. */
    static List<CrashCell> cells(CrashFault... faults) {
        List<CrashCell> cells = new ArrayList<>();
        for (CrashPoint point : CrashPoint.values()) {
            for (LoadMode mode : MODES) {
                Arrays.stream(faults)
                        .map(fault -> new CrashCell(point, fault, mode))
                        .forEach(cells::add);
            }
        }
        return cells;
    }

    /** A part for every change: each point once, modes and faults in turn. */
    static List<CrashCell> representative(CrashFault... faults) {
        return Arrays.stream(CrashPoint.values())
                .map(point -> new CrashCell(
                        point,
                        faults[point.ordinal() % faults.length],
                        MODES.get(point.ordinal() / faults.length % MODES.size())))
                .collect(Collectors.toList());
    }

    /**
     * Connections that do not simply break, where it matters most: the client does not know what the server has done.
     */
    static List<CrashCell> doubtful() {
        return Stream.of(CrashPoint.IN_TRANSACTION, CrashPoint.ROWS_STREAM_TO_STAGING, CrashPoint.IN_COMMIT)
                .flatMap(point -> Stream.of(CrashFault.STALL, CrashFault.HALF_CLOSE)
                        .map(fault -> new CrashCell(point, fault, LoadMode.MERGE)))
                .collect(Collectors.toList());
    }

    /** A few of these, where each takes long. */
    static List<CrashCell> few(CrashFault... faults) {
        return representative(faults).stream()
                .filter(cell -> cell.point().ordinal() % 3 == 2)
                .collect(Collectors.toList());
    }

    /** What is promised of a cell, in the words of the table. */
    static String promise(CrashCell cell) {
        return cell.mayRepeatRows() ? "nothing lost" : "exact";
    }

    /** A markdown table of all cells, each with the text that is asked for. */
    static String table(Function<CrashCell, String> text, CrashFault... faults) {
        List<String> lines = new ArrayList<>();
        lines.add(line(
                "guarantee",
                "crash point",
                "load_mode",
                Arrays.stream(faults).map(CrashFault::words).collect(Collectors.joining(" | "))));
        lines.add("|" + "---|".repeat(3 + faults.length));
        for (CrashPoint point : CrashPoint.values()) {
            for (LoadMode mode : MODES) {
                lines.add(line(
                        point.guarantee().toString(),
                        point.words(),
                        mode.toString(),
                        Arrays.stream(faults)
                                .map(fault -> text.apply(new CrashCell(point, fault, mode)))
                                .collect(Collectors.joining(" | "))));
            }
        }
        return String.join("\n", lines);
    }

    private static String line(String... columns) {
        return "| " + String.join(" | ", columns) + " |";
    }
}
