package com.pieclouddb.flink.sync.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.apache.flink.table.api.ValidationException;

/**
 * The value of a setting: the text itself, the content of a file ({@code file:PATH}) or a variable of the environment
 * ({@code env:NAME}), since everybody on the machine can read a command line.
 *
 * <p>Both are read where the command runs, once. No message holds what was read.
 */
final class ConfText {

    private static final String FILE = "file:";
    private static final String ENVIRONMENT = "env:";

    private ConfText() {}

    /**
     * Gives the value that is meant.
     *
     * @param setting what it is for, named in errors
     * @param text as it was written
     */
    static String resolve(String setting, String text) {
        if (text.startsWith(FILE)) {
            String path = text.substring(FILE.length());
            try {
                return withoutLastLineEnd(Files.readString(Path.of(path), StandardCharsets.UTF_8));
            } catch (IOException | InvalidPathException e) {
                throw new ValidationException(setting + ": the file '" + path + "' cannot be read as UTF-8 text ("
                        + e.getClass().getSimpleName() + ")");
            }
        }
        if (text.startsWith(ENVIRONMENT)) {
            String name = text.substring(ENVIRONMENT.length());
            String value = System.getenv(name);
            if (value == null) {
                throw new ValidationException(setting + ": the environment has no variable '" + name + "'");
            }
            return value;
        }
        return text;
    }

    /** Editors and {@code echo} end a file with one. */
    private static String withoutLastLineEnd(String text) {
        return text.endsWith("\r\n")
                ? text.substring(0, text.length() - 2)
                : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
