package com.pieclouddb.flink.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Where a job keeps its checkpoints, and what another one goes on from. */
final class CheckpointFolder {

    private static final String COMPLETE = "_metadata";

    private final Path folder;

    CheckpointFolder(Path folder) {
        this.folder = folder;
    }

    /** What becomes of checkpoints when the job ends is left to the job. */
    Job of(Job job) {
        return job.with("state.checkpoints.dir", folder.toUri().toString());
    }

    /** Checkpoints outlive the job, however it ends. */
    Job retainedBy(Job job) {
        return of(job).with("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    }

    /** The newest one that is complete, of any job, or the one savepoint there is. */
    String newest() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith(COMPLETE))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow(() -> new AssertionError("no checkpoint was left in " + folder))
                    .getParent()
                    .toUri()
                    .toString();
        }
    }
}
