package com.pieclouddb.flink.sync.mysql;

import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;

/**
 * What a set of MySQL's GTIDs says, as a text such as {@code uuid:1-5:7,uuid:1-3}. MariaDB's are others, and Flink CDC
 * reads none of them.
 */
@Internal
public final class Gtids {

    private static final Pattern TAG = Pattern.compile("(?i)^[0-9a-f-]{36}:[a-z_].*");

    private Gtids() {}

    /** Sets of a server with numbers that are missing below the highest, or that will be. */
    static Optional<String> gaps(ServerProbe server) {
        if (!server.isOn("gtid_mode")) {
            return Optional.empty();
        }
        for (String set : sets(server.variable("gtid_executed"))) {
            if (set.indexOf(':') != set.lastIndexOf(':')) {
                return Optional.of("gtid_executed = …" + set);
            }
        }
        return server.variable("group_replication_group_name").isEmpty()
                ? Optional.empty()
                : server.unless("group_replication_single_primary_mode", "ON");
    }

    static Optional<String> tags(ServerProbe server) {
        for (String set : sets(server.variable("gtid_executed"))) {
            if (TAG.matcher(set).matches()) {
                return Optional.of("gtid_executed = …" + set);
            }
        }
        return Optional.empty();
    }

    /** Servers whose transactions are gone from a log and that a reader never heard of. */
    public static TreeSet<String> purgedAndUnread(String purged, String read) {
        TreeSet<String> servers = servers(purged);
        servers.removeAll(servers(read));
        return servers;
    }

    private static TreeSet<String> servers(String gtids) {
        TreeSet<String> servers = new TreeSet<>();
        for (String set : sets(gtids)) {
            if (set.contains(":")) {
                servers.add(set.substring(0, set.indexOf(':')).toLowerCase(Locale.ROOT));
            }
        }
        return servers;
    }

    private static String[] sets(String gtids) {
        return gtids.replaceAll("\\s", "").split(",");
    }
}
