package com.pieclouddb.flink.sync.model;

import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import org.apache.flink.annotation.Internal;

/**
 * Gives to the columns of a table map event what the server tells with {@code binlog_row_metadata} above NO_LOG: one
 * list for all columns of a kind, in the order of the columns.
 *
 * <p>What may have been cut off or misread by the client is left untold.
 */
@Internal
public final class TableMapMetadata {

    private static final char UNDECODABLE = '\uFFFD';

    private final List<EventColumn> columns;

    /** Names of charsets by the numbers of their collations. */
    private final Map<Integer, String> charsets;

    public TableMapMetadata(List<EventColumn> columns, Map<Integer, String> charsets) {
        this.columns = columns;
        this.charsets = charsets;
    }

    /**
     * Of columns of letters or bytes.
     *
     * @param common the collation of those that are not named
     * @param others by their place among such columns, null for none
     */
    public void addCollations(int common, Map<?, ?> others) {
        addCollations(place -> others == null || others.get(place) == null ? common : (Integer) others.get(place));
    }

    /** One for each column of letters or bytes. */
    public void addCollations(List<?> collations) {
        if (collations.size()
                == columns.stream().filter(EventColumn::isCharacter).count()) {
            addCollations(place -> (Integer) collations.get(place));
        }
    }

    private void addCollations(IntUnaryOperator collation) {
        int place = 0;
        for (EventColumn column : columns) {
            if (column.isCharacter()) {
                column.charset = charsets.get(collation.applyAsInt(place++));
            }
        }
    }

    /** Each may be null. */
    public void add(BitSet signedness, List<?> names, List<?> enumLabels, List<?> setLabels) {
        if (signedness != null) {
            addSigns(signedness);
        }
        if (names != null && names.size() == columns.size()) {
            for (int i = 0; i < columns.size(); i++) {
                columns.get(i).name = (String) names.get(i);
            }
        }
        addLabels(enumLabels, EventColumn::isAnyEnum);
        addLabels(setLabels, EventColumn::isAnySet);
    }

    /** The client of Flink CDC 2.4 does not count a YEAR, so that it reads as many bits less. */
    private void addSigns(BitSet signedness) {
        long numbers = columns.stream().filter(EventColumn::isNumber).count();
        long years =
                columns.stream().filter(column -> column.is(EventColumn.YEAR)).count();
        int bit = 0;
        for (EventColumn column : columns) {
            if (column.isNumber() && bit < numbers - years) {
                column.unsigned = signedness.get(bit);
            }
            bit += column.isNumber() ? 1 : 0;
        }
    }

    private void addLabels(List<?> labels, Predicate<EventColumn> has) {
        if (labels == null || labels.size() != columns.stream().filter(has).count()) {
            return;
        }
        Iterator<?> each = labels.iterator();
        for (EventColumn column : columns) {
            if (has.test(column)) {
                List<String> texts = List.of((String[]) each.next());
                if (texts.stream().noneMatch(text -> text.indexOf(UNDECODABLE) >= 0)) {
                    column.labels = texts;
                }
            }
        }
    }
}
