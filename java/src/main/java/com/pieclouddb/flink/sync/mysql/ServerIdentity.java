package com.pieclouddb.flink.sync.mysql;

import com.pieclouddb.flink.sync.conf.MySqlOption;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.api.ValidationException;

/**
 * Which server it is, as far as servers say: places in a log of files mean nothing on another one, even where the file
 * is there.
 *
 * <p>MySQL has a name for each server; of MariaDB it is the number by which it replicates, its host and its port.
 */
@Internal
public final class ServerIdentity implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String text;

    public ServerIdentity(String text) {
        this.text = text;
    }

    public static ServerIdentity of(ServerProbe server) {
        String uuid = server.variable("server_uuid");
        return new ServerIdentity(
                uuid.isEmpty() || server.isMariaDb()
                        ? "server_id " + server.variable("server_id") + ", hostname " + server.variable("hostname")
                                + ", port " + server.variable("port")
                        : "server_uuid " + uuid);
    }

    /** Throws where the other one is another server. */
    public void check(ServerIdentity before) {
        if (!text.equals(before.text)) {
            throw new ValidationException("The source is another server than the one whose log was read: it is '" + text
                    + "', and was '" + before.text
                    + "'. Places in the log of that one mean nothing here. Load the tables anew by a job without a"
                    + " savepoint; or, where it is the same server or has the same log, submit the job once more from"
                    + " its last checkpoint with --mysql-conf " + MySqlOption.OTHER_SERVER.key() + "=accept");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
