package com.pieclouddb.flink.sync.model;

import java.util.List;
import java.util.Optional;
import org.apache.flink.annotation.Internal;

/**
 * Compares a table's definition, as the parser of Flink CDC has it, with what the server says in front of the table's
 * rows.
 *
 * <p>Promises that rows whose table fits have as many columns as the definition, each of its type, and NULL in none
 * that takes none; with {@code binlog_row_metadata=FULL} that each is the column of that name. It allows what cannot
 * change a value: a column that the definition lets be NULL and the server does not, and columns that the server hides
 * behind the others.
 */
@Internal
public final class TableMapFit {

    private TableMapFit() {}

    /**
     * The first difference, as a sentence.
     *
     * @param hidden how many columns the server has behind those of the definition
     */
    public static Optional<String> difference(List<ModelColumn> model, List<EventColumn> event, int hidden) {
        if (event.size() != model.size() + hidden) {
            return Optional.of("the rows have " + event.size() + " columns, the definition has " + model.size() + " ("
                    + both(model, event) + ")");
        }
        for (int i = 0; i < model.size(); i++) {
            Optional<String> reason = difference(model.get(i), event.get(i));
            if (reason.isPresent()) {
                return Optional.of("column " + (i + 1) + ", '" + model.get(i).name() + "', " + reason.get() + " ("
                        + both(model, event) + ")");
            }
        }
        return Optional.empty();
    }

    /**
     * Columns behind the definition that may be the server's own: it has one BIGINT for each unique key of long texts.
     */
    public static int mayBeHidden(List<ModelColumn> model, List<EventColumn> event) {
        for (int i = model.size(); i < event.size(); i++) {
            if (!event.get(i).is(EventColumn.LONGLONG) || !event.get(i).nullable()) {
                return 0;
            }
        }
        return Math.max(event.size() - model.size(), 0);
    }

    private static Optional<String> difference(ModelColumn model, EventColumn event) {
        if (!model.fits(event)) {
            return Optional.of("is of another type in the rows");
        }
        if (event.nullable() && !model.nullable()) {
            return Optional.of("takes NULL in the rows and none in the definition");
        }
        if (event.isNumber()
                && event.unsigned != null
                && !event.is(EventColumn.YEAR)
                && event.unsigned != model.unsigned()) {
            return Optional.of("has " + (event.unsigned ? "no sign" : "a sign") + " in the rows only");
        }
        if (event.name != null && !event.name.equalsIgnoreCase(model.name())) {
            return Optional.of("is called '" + event.name + "' in the rows");
        }
        if (event.labels != null && !event.labels.equals(Labels.read(model.labels()))) {
            return Optional.of("has other labels in the rows");
        }
        if (event.charset != null && !reads(model, event.charset)) {
            return Optional.of("has charset " + event.charset + " in the rows");
        }
        return Optional.empty();
    }

    /** Whether bytes of a charset are read right: without one they are read as UTF-8. */
    private static boolean reads(ModelColumn model, String charset) {
        if (model.isBytes() || charset.equals("binary")) {
            return charset.equals("binary") && (model.isBytes() || charset.equals(model.charset()));
        }
        if (model.charset() == null) {
            return ModelColumn.UTF8.contains(charset) || charset.equals("ascii");
        }
        return model.charset().equals(charset)
                || ModelColumn.UTF8.contains(model.charset()) && ModelColumn.UTF8.contains(charset);
    }

    private static String both(List<ModelColumn> model, List<EventColumn> event) {
        return "rows: " + event + "; definition: " + model;
    }
}
