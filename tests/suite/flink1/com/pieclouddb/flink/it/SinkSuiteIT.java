package com.pieclouddb.flink.it;

import org.apache.flink.connector.testframe.junit.annotations.TestSemantics;
import org.apache.flink.streaming.api.CheckpointingMode;

/** Both guarantees, as Flink 1 names them. */
class SinkSuiteIT extends SinkSuite {

    @TestSemantics
    CheckpointingMode[] semantics = {CheckpointingMode.AT_LEAST_ONCE, CheckpointingMode.EXACTLY_ONCE};
}
