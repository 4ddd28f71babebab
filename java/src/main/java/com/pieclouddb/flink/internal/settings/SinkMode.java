package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;

/**
 * Whether a sink loads one table or the tables that its stream or its pipeline names, and which options of the one
 * table of options ({@link PieCloudDBOptions}) it has therefore.
 *
 * <p>It does not check values.
 */
enum SinkMode {

    /** One table, named by options. */
    TABLE(PieCloudDBOptions.DATABASE_OPTIONAL),

    /** Tables named by the stream. */
    DATABASE(List.of(PieCloudDBOptions.TABLE_NAME, PieCloudDBOptions.SCHEMA_NAME)),

    /** Tables named by a pipeline of Flink CDC, which has options of its own for some things. */
    PIPELINE(List.of(
            PieCloudDBOptions.TABLE_NAME,
            PieCloudDBOptions.SCHEMA_NAME,
            PieCloudDBOptions.SINK_PARALLELISM,
            PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR,
            PieCloudDBOptions.IGNORE_UPDATE_BEFORE));

    private final List<ConfigOption<?>> foreign;

    SinkMode(List<ConfigOption<?>> foreign) {
        this.foreign = foreign;
    }

    /** Options without which there is no sink. */
    List<ConfigOption<?>> required() {
        return own(PieCloudDBOptions.REQUIRED);
    }

    List<ConfigOption<?>> all() {
        List<ConfigOption<?>> all = new ArrayList<>(PieCloudDBOptions.REQUIRED);
        all.addAll(PieCloudDBOptions.OPTIONAL);
        all.addAll(PieCloudDBOptions.DATABASE_OPTIONAL);
        return own(all);
    }

    /** Every name by which an option of this mode may be given, sorted. */
    Set<String> names() {
        return names(all());
    }

    /** The names of those that only other modes have. */
    Set<String> ofOthers() {
        Set<String> names = new TreeSet<>();
        Arrays.stream(values()).forEach(mode -> names.addAll(mode.names()));
        names.removeAll(names());
        return names;
    }

    /** What to say of an option that only other modes have, or of one for some tables only. */
    String foreign(String name) {
        if (this == TABLE) {
            return "is for the database mode, PieCloudDBSink.databaseBuilder(), and not for a sink into one table";
        }
        if (name.equals(PieCloudDBOptions.SINK_PARALLELISM.key())) {
            return "is the pipeline's: set 'parallelism' in its section 'pipeline'";
        }
        if (name.equals(PieCloudDBOptions.SCHEMA_CHANGE_BEHAVIOR.key())) {
            return "is the pipeline's: set it in its section 'pipeline'";
        }
        if (name.equals(PieCloudDBOptions.IGNORE_UPDATE_BEFORE.key())) {
            return "has nothing to leave out: no pipeline sends rows as they were before an update";
        }
        return this == DATABASE
                ? "is for a sink into one table; in the database mode each change names its table by a TableId"
                : "is for a sink into one table; in a pipeline a 'route' names the target of each table";
    }

    private List<ConfigOption<?>> own(List<ConfigOption<?>> options) {
        List<ConfigOption<?>> own = new ArrayList<>(options);
        own.removeAll(foreign);
        return own;
    }

    private static Set<String> names(List<ConfigOption<?>> options) {
        Set<String> names = new TreeSet<>();
        for (ConfigOption<?> option : options) {
            names.add(option.key());
            option.fallbackKeys().forEach(fallback -> names.add(fallback.getKey()));
        }
        return names;
    }
}
