package com.pieclouddb.flink.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.pieclouddb.flink.TableChange;
import com.pieclouddb.flink.TableChangeConverter;
import com.pieclouddb.flink.TableId;
import com.pieclouddb.flink.TableSchema;
import com.pieclouddb.flink.internal.Plans;
import com.pieclouddb.flink.internal.shuffle.ShuffleRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Changes on their way through a real job reach the writers as the routers promise. */
class DatabaseTopologyTest {

    private static final int KEYS = 500;
    private static final int TABLES = 20;
    private static final int CHANGES = 30_000;

    @ParameterizedTest
    @EnumSource(
            value = RuntimeExecutionMode.class,
            names = {"STREAMING", "BATCH"})
    void aKeysChangesMeetInOrderAndEachWriterKnowsItsTables(RuntimeExecutionMode mode) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("execution.runtime-mode", mode.name());
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(3, configuration);
        Map<Object, Integer> writerOfKey = new HashMap<>();
        Map<Object, Long> lastOfKey = new HashMap<>();
        Set<Object> known = new HashSet<>();
        long rows = 0;
        for (Seen message : DatabaseTopology.apply(
                        DatabasePlan.of(Plans.databaseSettings(), new Numbers()).router(),
                        null,
                        env.fromSequence(0, CHANGES - 1))
                .map(new Witness())
                .returns(Types.GENERIC(Seen.class))
                .setParallelism(5)
                .executeAndCollect(2 * CHANGES)) {
            String reference = message.writer + " " + message.router + " " + message.number;
            if (message.table != null) {
                known.add(reference);
                continue;
            }
            rows++;
            assertThat(known).contains(reference);
            Object key = message.router + " " + message.number + " " + message.key;
            assertThat(writerOfKey.computeIfAbsent(key, k -> message.writer)).isEqualTo(message.writer);
            assertThat(lastOfKey.merge(key, message.version, Math::max)).isEqualTo(message.version);
        }
        assertThat(rows).isEqualTo(CHANGES);
        assertThat(new HashSet<>(writerOfKey.values())).hasSize(5);
    }

    /** Number n is a change of key n mod {@link #KEYS} in one of the tables. */
    private static final class Numbers implements TableChangeConverter<Long> {

        private static final long serialVersionUID = 1L;

        @Override
        public void convert(Long n, Consumer<TableChange> out) {
            int key = (int) (n % KEYS);
            TableId table = TableId.of("public", "t" + key % TABLES);
            out.accept(TableChange.schema(table, TableSchema.of(Plans.STUDENT, "id")));
            out.accept(
                    TableChange.row(table, GenericRowData.of(key, StringData.fromString(n.toString()), n.intValue())));
        }
    }

    /** Stands where a writer would. */
    private static final class Witness extends RichMapFunction<ShuffleRecord, Seen> {

        private static final long serialVersionUID = 1L;

        @Override
        public Seen map(ShuffleRecord change) {
            Seen seen = new Seen();
            seen.writer = getRuntimeContext().getIndexOfThisSubtask();
            seen.router = change.router();
            seen.number = change.number();
            if (change.isRow()) {
                byte[] image = change.image().toBytes();
                seen.key = image[8] & 0xff | (image[9] & 0xff) << 8;
                seen.version = image[24] & 0xff | (image[25] & 0xff) << 8;
            } else {
                seen.table = change.form().table().toString();
            }
            return seen;
        }
    }

    /** What one writer got, in its order. */
    public static final class Seen {
        public int writer;
        public long router;
        public int number;
        public String table;
        public int key;
        public long version;
    }
}
