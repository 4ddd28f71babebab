package com.pieclouddb.flink.it;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * How far sources in a real cluster may go: a file that a script writes, with so many percent of each partition.
 * Without the file, not at all. What a {@link Gate} is to sources in the test's own process.
 */
final class Limit implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String file;
    private int percent;

    Limit(String file) {
        this.file = file;
    }

    /** The file is read again only where the source has to stop without. */
    boolean admits(int position, int changes) throws IOException {
        if (isBehind(position, changes)) {
            try {
                String text = Files.readString(Path.of(file)).trim();
                // The script may be in the middle of writing it.
                percent = text.isEmpty() ? percent : Integer.parseInt(text);
            } catch (NoSuchFileException notYet) {
                return false;
            }
        }
        return !isBehind(position, changes);
    }

    private boolean isBehind(int position, int changes) {
        return position >= (long) changes * percent / 100;
    }
}
