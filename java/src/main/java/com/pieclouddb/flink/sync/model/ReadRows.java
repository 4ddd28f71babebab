package com.pieclouddb.flink.sync.model;

import com.pieclouddb.flink.internal.settings.SourceName;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * Wraps what makes records of a table's rows, of the snapshot and of the log, and sees that no value is lost on
 * the way.
 *
 * <p>Debezium logs a value that it cannot convert and leaves it out: NULL or the column's DEFAULT would be told in its
 * place. Promises that a row whose cell has a value is told with one, or not at all. ENUM and SET are told by
 * {@link Labels}, and texts of the log are held against {@link LogText}. It costs a look at each cell.
 */
@Internal
public final class ReadRows implements InvocationHandler {

    private final Object inner;
    private final SourceName table;
    private final Columns columns;
    private final Failure failure;

    /** Made with the first row: then the definition that the rows are read by is in its place. */
    private volatile List<Cell> cells;

    public ReadRows(Object inner, SourceName table, Columns columns, Failure failure) {
        this.inner = inner;
        this.table = table;
        this.columns = columns;
        this.failure = failure;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return method.invoke(inner, args);
        }
        if (cells == null) {
            cells = columns.cells();
        }
        Object[] row = (Object[]) args[0];
        Object[] told = named(row);
        Object record;
        try {
            record = method.invoke(inner, (Object) told);
        } catch (InvocationTargetException e) {
            throw columns.isKey() && e.getCause() instanceof RuntimeException
                    ? failure.of("rows of table '" + table
                            + "' cannot be read: Flink CDC cannot convert a column of its key")
                    : e.getCause();
        }
        Object[] values = columns.values(record);
        for (Cell cell : cells) {
            if (cell.inRow < row.length && row[cell.inRow] != null) {
                if (values[cell.inRecord] == null) {
                    throw lost(cell);
                }
                check(cell, row[cell.inRow], values[cell.inRecord]);
            }
        }
        return record;
    }

    /** The row with labels in the place of their numbers, and texts that are read here; the same where it has none. */
    private Object[] named(Object[] row) {
        Object[] named = row;
        for (Cell cell : cells) {
            Object is = cell.inRow < row.length ? row[cell.inRow] : null;
            Object told = is;
            if (is != null && cell.labels != null) {
                told = cell.labels.told(is);
                if (told == null) {
                    throw lost(cell);
                }
            } else if (is instanceof byte[] && cell.text != null) {
                String text = cell.text.read((byte[]) is);
                told = text == null ? is : text;
            }
            if (told != is) {
                named = named == row ? row.clone() : named;
                named[cell.inRow] = told;
            }
        }
        return named;
    }

    /** The snapshot has texts, which the server made of its charset; the log has bytes. */
    private void check(Cell cell, Object is, Object told) {
        String doubt = cell.text != null && is instanceof byte[] ? cell.text.doubt((byte[]) is, told) : null;
        if (doubt != null) {
            throw failure.of("rows of table '" + table + "' cannot be read: column '" + cell.name + "' " + doubt);
        }
    }

    private RuntimeException lost(Cell cell) {
        return failure.of("rows of table '" + table + "' cannot be read: Flink CDC cannot convert a value of column '"
                + cell.name + "' of type " + cell.type + ", and would tell NULL or the column's DEFAULT");
    }

    /** What the rows of a table and the records of them have. */
    public interface Columns {

        /** Of the records' columns. */
        List<Cell> cells() throws Throwable;

        /** What is in a record, null for what is not. */
        Object[] values(Object record) throws Throwable;

        /** Whether the records are keys. */
        boolean isKey();
    }

    /** Takes note of what keeps a row from being read, and says what ends its reading. */
    @FunctionalInterface
    public interface Failure {
        RuntimeException of(String reason);
    }

    /** A column and its places. */
    public static final class Cell {
        private final String name;
        private final String type;
        private final int inRow;
        private final int inRecord;

        /** Null but for ENUM and SET. */
        private final Labels labels;

        /** Null where it has no texts. */
        private final LogText text;

        public Cell(String name, String type, int inRow, int inRecord, Labels labels, LogText text) {
            this.name = name;
            this.type = type;
            this.inRow = inRow;
            this.inRecord = inRecord;
            this.labels = labels;
            this.text = text;
        }
    }
}
