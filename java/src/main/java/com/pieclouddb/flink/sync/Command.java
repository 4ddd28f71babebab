package com.pieclouddb.flink.sync;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.settings.NearestName;
import com.pieclouddb.flink.sync.cli.Flag;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.table.api.ValidationException;

/**
 * The jar's main class: finds the command that the first word names.
 *
 * <p>What is wrong with a command is told as Flink's own exception for that, which {@code flink run} prints as one text
 * without a stack trace before it ends with an exit code that is not 0. It is never {@code System.exit}: on a cluster
 * that runs the main method itself, that would end the cluster.
 */
@Internal
public final class Command {

    private static final List<String> NAMES = List.of(MySqlSyncDatabase.NAME);

    private Command() {}

    /**
     * Runs one command.
     *
     * @param words its name and its flags
     */
    public static void main(String[] words) throws Exception {
        String name = words.length == 0 ? Flag.HELP.text() : words[0];
        if (Flag.HELP.text().equals(name)) {
            System.out.print(HelpText.of(MySqlSyncDatabase.NAME));
            return;
        }
        if (!MySqlSyncDatabase.NAME.equals(name.replace('_', '-'))) {
            throw new ProgramParametrizationException("unknown command '" + name + "'"
                    + NearestName.of(name, NAMES)
                            .map(known -> ", did you mean '" + known + "'?")
                            .orElse("; known are " + String.join(", ", NAMES)));
        }
        try {
            MySqlSyncDatabase.run(List.of(words).subList(1, words.length));
        } catch (ValidationException | PieCloudDBException e) {
            throw new ProgramParametrizationException(e.getMessage());
        }
    }
}
