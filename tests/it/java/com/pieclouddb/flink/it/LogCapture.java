package com.pieclouddb.flink.it;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/** What the JVM logs while it is open, all or some of it: messages and the texts of exceptions. */
final class LogCapture extends AbstractAppender implements AutoCloseable {

    private final List<String> lines = new CopyOnWriteArrayList<>();

    private final Predicate<String> isKept;

    private LogCapture(Predicate<String> isKept) {
        super("capture", null, null, true, Property.EMPTY_ARRAY);
        this.isKept = isKept;
    }

    static LogCapture open() {
        return open(line -> true);
    }

    /** Keeps some lines alone, for what runs for long. */
    static LogCapture open(Predicate<String> isKept) {
        LogCapture capture = new LogCapture(isKept);
        capture.start();
        context().getRootLogger().addAppender(capture);
        return capture;
    }

    @Override
    public void append(LogEvent event) {
        keep(event.getLevel() + " " + event.getLoggerName() + " "
                + event.getMessage().getFormattedMessage());
        for (Throwable cause = event.getThrown(); cause != null; cause = cause.getCause()) {
            keep("  " + cause);
        }
    }

    private void keep(String line) {
        if (isKept.test(line)) {
            lines.add(line);
        }
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        context().getRootLogger().removeAppender(this);
        stop();
    }

    private static LoggerContext context() {
        return (LoggerContext) LogManager.getContext(false);
    }
}
