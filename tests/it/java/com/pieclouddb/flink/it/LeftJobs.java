package com.pieclouddb.flink.it;

import java.io.IOException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Ends what a failed test leaves running, so that the tests behind it do not fail for it: its job would go on in this
 * process, with threads, connections and held failpoints, for as long as a commit is tried again.
 *
 * <p>JUnit finds it by itself and calls it behind the test's own clean-up, so its server may be gone.
 */
public final class LeftJobs implements AfterEachCallback {

    @Override
    public void afterEach(ExtensionContext test) throws IOException, InterruptedException {
        boolean failed = test.getExecutionException().isPresent();
        if (failed) {
            Failpoints.clear();
        }
        Job.forgetAll(failed);
    }
}
