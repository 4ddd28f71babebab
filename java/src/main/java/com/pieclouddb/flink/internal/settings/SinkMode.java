package com.pieclouddb.flink.internal.settings;

import com.pieclouddb.flink.PieCloudDBOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;

/**
 * Whether a sink loads one table or the tables that its stream names, and which options of the one table of options
 * ({@link PieCloudDBOptions}) it has therefore.
 *
 * <p>It does not check values.
 */
enum SinkMode {

    /** One table, named by options. */
    TABLE(
            PieCloudDBOptions.REQUIRED,
            PieCloudDBOptions.OPTIONAL,
            List.of(),
            "is for a sink into one table; in the database mode each change names its table by a TableId"),

    /** Tables named by the stream. */
    DATABASE(
            PieCloudDBOptions.REQUIRED,
            PieCloudDBOptions.OPTIONAL,
            PieCloudDBOptions.DATABASE_OPTIONAL,
            "is for the database mode, PieCloudDBSink.databaseBuilder(), and not for a sink into one table");

    private static final Set<ConfigOption<?>> OF_ONE_TABLE =
            Set.of(PieCloudDBOptions.TABLE_NAME, PieCloudDBOptions.SCHEMA_NAME);

    private final List<ConfigOption<?>> required = new ArrayList<>();
    private final List<ConfigOption<?>> all = new ArrayList<>();
    private final String belongs;

    SinkMode(
            List<ConfigOption<?>> required,
            List<ConfigOption<?>> optional,
            List<ConfigOption<?>> more,
            String belongs) {
        this.required.addAll(required);
        all.addAll(required);
        all.addAll(optional);
        all.addAll(more);
        this.belongs = belongs;
    }

    /** Options without which there is no sink. */
    List<ConfigOption<?>> required() {
        return withoutForeign(required);
    }

    List<ConfigOption<?>> all() {
        return withoutForeign(all);
    }

    /** Every name by which an option of this mode may be given, sorted. */
    Set<String> names() {
        Set<String> names = new TreeSet<>();
        for (ConfigOption<?> option : all()) {
            names.add(option.key());
            option.fallbackKeys().forEach(fallback -> names.add(fallback.getKey()));
        }
        return names;
    }

    /** What to say of an option that only this mode has. */
    String belongs() {
        return belongs;
    }

    SinkMode other() {
        return this == TABLE ? DATABASE : TABLE;
    }

    private List<ConfigOption<?>> withoutForeign(List<ConfigOption<?>> options) {
        List<ConfigOption<?>> own = new ArrayList<>(options);
        if (this == DATABASE) {
            own.removeAll(OF_ONE_TABLE);
        }
        return own;
    }
}
