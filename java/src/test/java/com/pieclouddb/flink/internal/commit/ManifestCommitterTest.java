package com.pieclouddb.flink.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pieclouddb.flink.PieCloudDBException;
import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.jni.RecordingSession;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.junit.jupiter.api.Test;

/** What the committer asks of its session, and when it has one. */
class ManifestCommitterTest {

    private final RecordingSession session = Staged.session();
    private final List<String> opened = new ArrayList<>();
    private final ManifestCommitter committer =
            new ManifestCommitter(Staged.plan().setup(), this::open);

    @Test
    void withoutCommittablesThereIsNoSession() throws Exception {
        committer.commit(List.of());
        committer.close();
        assertThat(opened).isEmpty();
    }

    @Test
    void whatOneCallBringsIsOneManifestAndTheSessionStays() throws Exception {
        Committable first = Staged.share();
        Committable second = Staged.share();
        committer.commit(requests(first, second));
        committer.commit(requests(Staged.share()));
        committer.close();
        assertThat(opened).hasSize(1);
        assertThat(opened.get(0))
                .contains(
                        "sink.id=" + Staged.SINK + "\n",
                        "sink.delivery-guarantee=exactly-once\n",
                        "application-name=pieclouddb-flink-"
                                + Staged.SINK.toString().substring(0, 8) + "-committer\n");
        assertThat(session.calls()).containsExactly("commit", "commit", "close");
        assertThat(session.manifests().get(0))
                .isEqualTo(Committable.join(List.of(first, second)).manifest());
    }

    @Test
    void aFailureIsThrownAsItIs() {
        PieCloudDBException failure = new PieCloudDBException(PieCloudDBException.Kind.CONNECTION, "gone");
        session.failWith(failure);
        assertThatThrownBy(() -> committer.commit(requests(Staged.share()))).isSameAs(failure);
    }

    private LoadSession open(String spec) {
        opened.add(spec);
        return session;
    }

    /** Of requests only the committable may be asked: what Flink offers beside it would drop or delay rows. */
    private static List<CommitRequest<Committable>> requests(Committable... committables) {
        return Stream.of(committables).map(ManifestCommitterTest::request).collect(Collectors.toList());
    }

    @SuppressWarnings("unchecked")
    private static CommitRequest<Committable> request(Committable committable) {
        return (CommitRequest<Committable>) Proxy.newProxyInstance(
                ManifestCommitterTest.class.getClassLoader(),
                new Class<?>[] {CommitRequest.class},
                (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("getCommittable");
                    return committable;
                });
    }
}
