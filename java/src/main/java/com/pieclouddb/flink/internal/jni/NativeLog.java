package com.pieclouddb.flink.internal.jni;

import com.pieclouddb.flink.PieCloudDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the native half's waiting log records to SLF4J, on the thread that asks.
 *
 * <p>Native threads never call into Java, so records wait until a task thread comes by; a record belongs to the class
 * loader's library, not to one session. Draining never fails: a log must not hide the error that is being thrown.
 */
final class NativeLog {

    private static final String ROOT = "com.pieclouddb.flink.native.";

    private static final Logger LOG = LoggerFactory.getLogger(NativeLog.class);

    private NativeLog() {}

    static void drain() {
        try {
            String[] records = NativeBridge.drainLog();
            for (int i = 0; i + 2 < records.length; i += 3) {
                Logger logger = LoggerFactory.getLogger(ROOT + records[i + 1].replace("::", "."));
                write(logger, records[i], records[i + 2]);
            }
        } catch (PieCloudDBException e) {
            LOG.warn("the native log could not be read", e);
        }
    }

    private static void write(Logger logger, String level, String message) {
        switch (level) {
            case "ERROR":
                logger.error(message);
                break;
            case "WARN":
                logger.warn(message);
                break;
            case "INFO":
                logger.info(message);
                break;
            case "DEBUG":
                logger.debug(message);
                break;
            default:
                logger.trace(message);
        }
    }
}
