package com.pieclouddb.flink.internal.commit;

import com.pieclouddb.flink.internal.jni.LoadSession;
import com.pieclouddb.flink.internal.spec.SpecText;
import com.pieclouddb.flink.internal.spec.WriterIdentity;
import com.pieclouddb.flink.internal.spec.WriterSetup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.sink2.Committer;

/**
 * Publishes what exactly-once writers staged, each checkpoint's rows in one transaction.
 *
 * <p>What one call brings is published together; what was published before is done. It connects with the first rows, so
 * committers that get none, and all of an at-least-once job, cost nothing. Repeating what may pass is the native
 * half's; any failure here ends the attempt, and Flink brings the same again.
 */
@Internal
public final class ManifestCommitter implements Committer<Committable> {

    private final WriterSetup setup;
    private final LoadSession.Opener sessions;

    private LoadSession session;

    public ManifestCommitter(WriterSetup setup, LoadSession.Opener sessions) {
        this.setup = setup;
        this.sessions = sessions;
    }

    @Override
    public void commit(Collection<CommitRequest<Committable>> requests) throws IOException, InterruptedException {
        if (requests.isEmpty()) {
            return;
        }
        List<Committable> committables = new ArrayList<>();
        requests.forEach(request -> committables.add(request.getCommittable()));
        Committable all = Committable.join(committables);
        if (session == null) {
            session =
                    sessions.open(SpecText.committer(setup, WriterIdentity.committer(all.sinkId()), all.isWholeJob()));
        }
        session.commit(all.manifest());
    }

    @Override
    public void close() throws IOException {
        if (session != null) {
            session.close();
        }
    }
}
