package com.pieclouddb.flink.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBSink;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.runtime.partitioner.ForwardPartitioner;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;

/** The graph that each line of Flink makes of a sink into many tables; no job runs. */
class DatabaseTopologyIT {

    @Test
    void aRouterStandsBesideEachSubtaskOfTheStreamWhateverTheSinksParallelism() {
        StreamGraph graph = graph(4, 7, "sink");
        StreamNode router = node(graph, "Router");
        assertThat(router.getParallelism()).isEqualTo(4);
        assertThat(router.getInEdges())
                .filteredOn(edge -> edge.getOutputTag() == null)
                .singleElement()
                .satisfies(edge -> assertThat(edge.getPartitioner()).isInstanceOf(ForwardPartitioner.class));
        assertThat(node(graph, "Writer").getParallelism()).isEqualTo(7);
    }

    /** Flink completes no checkpoint while a part of an operator with union state has ended. */
    @Test
    void noRouterEndsBeforeAllSubtasksOfTheStreamHaveEnded() {
        assertThat(partitioners(node(graph(4, 7, null), "Router"))).containsExactlyInAnyOrder("FORWARD", "REBALANCE");
        assertThat(partitioners(node(graph(1, 7, null), "Router"))).containsExactly("FORWARD");
        StreamGraph keyed = graph(StreamExecutionEnvironment.getExecutionEnvironment(), 3, null, true);
        assertThat(partitioners(node(keyed, "Router"))).containsExactly("HASH");
    }

    @Test
    void theExchangeTakesNoUnalignedCheckpoints() {
        for (int sinkParallelism : new int[] {1, 4, 7}) {
            StreamGraph graph = graph(4, sinkParallelism, null);
            assertThat(graph.getCheckpointConfig().isUnalignedCheckpointsEnabled())
                    .isTrue();
            assertThat(node(graph, "Writer").getInEdges())
                    .hasSize(2)
                    .allSatisfy(edge -> assertThat(edge.supportsUnalignedCheckpoints())
                            .as("%s", edge)
                            .isFalse());
            assertThat(partitioners(node(graph, "Writer"))).containsExactlyInAnyOrder("HASH", "RESCALE");
            assertThat(graph.getJobGraph().getNumberOfVertices())
                    .as("source, router, writer, aggregator, committer")
                    .isEqualTo(5);
        }
    }

    @Test
    void neitherRouterNorWriterIsAKeyedOperatorEvenBehindAKeyedStream() {
        StreamGraph graph = graph(StreamExecutionEnvironment.getExecutionEnvironment(), 3, null, true);
        assertThat(node(graph, "Router").getStateKeySerializer()).isNull();
        assertThat(node(graph, "Writer").getStateKeySerializer()).isNull();
    }

    @Test
    void theRoutersStateIsFoundByTheSinksUidIfThatHasOne() {
        assertThat(node(graph(2, 3, "sink"), "Router").getTransformationUID()).isEqualTo("sink: Router");
        assertThat(node(graph(2, 3, null), "Router").getTransformationUID()).isNull();
    }

    @Test
    void unitedStreamsThatFlinkWouldRebalanceAreRefused() {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(4);
        DataStream<Long> four = env.fromSequence(1, 10);
        DataStream<Long> two = env.fromSequence(1, 10).setParallelism(2);
        four.union(env.fromSequence(1, 10), two.keyBy(number -> number)).sinkTo(sink());
        assertThat(env.getStreamGraph(false).getStreamNodes())
                .as("three sources, router, writer, aggregator, committer")
                .hasSize(7);
        four.union(two).sinkTo(sink());
        assertThatThrownBy(env::getStreamGraph)
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("unites streams of the parallelisms 4 and 2");
    }

    @Test
    void oneSinkObjectMayStandBehindTwoStreams() {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
        PieCloudDBSink<Long> sink = sink();
        env.fromSequence(1, 10).sinkTo(sink).uid("one");
        env.fromSequence(1, 10).sinkTo(sink);
        assertThat(env.getStreamGraph().getStreamNodes())
                .filteredOn(node -> node.getOperatorName().endsWith("Router"))
                .extracting(StreamNode::getTransformationUID)
                .containsExactlyInAnyOrder("one: Router", null);
    }

    private static StreamGraph graph(int parallelism, int sinkParallelism, String uid) {
        Configuration configuration = new Configuration();
        configuration.setString("execution.checkpointing.interval", "1 s");
        configuration.setString("execution.checkpointing.unaligned", "true");
        return graph(
                StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration),
                sinkParallelism,
                uid,
                false);
    }

    private static StreamGraph graph(StreamExecutionEnvironment env, int sinkParallelism, String uid, boolean keyed) {
        DataStream<Long> numbers = env.fromSequence(1, 10);
        DataStream<Long> in = keyed ? numbers.keyBy(number -> number) : numbers;
        DataStreamSink<Long> end = in.sinkTo(sink()).setParallelism(sinkParallelism);
        if (uid != null) {
            end.uid(uid);
        }
        return env.getStreamGraph();
    }

    private static PieCloudDBSink<Long> sink() {
        return PieCloudDBSink.<Long>databaseBuilder()
                .hostname("db.example")
                .username("loader")
                .database("demo")
                .converter((number, out) -> {})
                .build();
    }

    private static StreamNode node(StreamGraph graph, String name) {
        return graph.getStreamNodes().stream()
                .filter(node -> node.getOperatorName().endsWith(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> partitioners(StreamNode node) {
        return node.getInEdges().stream()
                .map(StreamEdge::getPartitioner)
                .map(Object::toString)
                .collect(Collectors.toList());
    }
}
