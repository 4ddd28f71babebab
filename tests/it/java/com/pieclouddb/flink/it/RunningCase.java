package com.pieclouddb.flink.it;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** A {@link DdlCase} beside others in one job: its statements one by one, its rows, and what became of them. */
final class RunningCase {

    /** The first row that is written while the job runs; others follow. */
    private static final int FIRST = 1000;

    private final DdlCase of;
    private final MariaDb server;
    private final Connection source;
    private final WideTarget target;
    private final LoggedRows told;
    private final Iterator<DdlCase.Step> steps;
    private final List<String> complaints = new ArrayList<>();
    private Connection session;

    /**
     * A case whose database is not there yet.
     *
     * @param source the session that looks and writes rows
     */
    RunningCase(DdlCase of, MariaDb server, Connection source, WideTarget target) {
        this.of = of;
        this.server = server;
        this.source = source;
        this.target = target;
        told = new LoggedRows(source, of.database);
        steps = of.steps.iterator();
    }

    int number() {
        return of.number;
    }

    String database() {
        return of.database;
    }

    boolean shouldStop() {
        return of.outcome(FollowedDatabase.IS_2_4) == DdlOutcome.STOPPED;
    }

    /**
     * Makes what the job finds at its start: tables of a row each, and their targets. A table that the job leaves out
     * has none: the job would not go on beside a target that it has not loaded.
     */
    void prepare() throws SQLException {
        session = server.connect();
        execute(session, "CREATE DATABASE " + of.database + " " + of.options);
        execute(session, "USE " + of.database);
        for (DdlCase.Step step : of.before) {
            execute(session, step.sql);
        }
        told.look();
        if (of.hasRows) {
            write(FIRST - 1);
        }
        if (of.outcome(FollowedDatabase.IS_2_4) != DdlOutcome.LEFT_OUT) {
            target.create(told);
        }
    }

    void writeInFront() throws SQLException {
        if (of.hasRows) {
            write(FIRST, FIRST + 1, FIRST + 2);
        }
    }

    boolean hasSteps() {
        return steps.hasNext();
    }

    /** Does the next statement, and the same to the target where that is needed. */
    void step() throws SQLException {
        if (!steps.hasNext()) {
            return;
        }
        DdlCase.Step step = steps.next();
        try {
            execute(session, step.sql);
            if (step.isRefused) {
                complaints.add(of.number + ": the server does not refuse " + step.sql);
            }
        } catch (SQLException e) {
            if (!step.isRefused) {
                complaints.add(of.number + ": " + step.sql + ": " + e.getMessage());
            }
        }
        if (!steps.hasNext()) {
            session.close();
        }
        if (step.tellsRows) {
            told.hear(step.only);
        } else {
            told.look();
            target.alter(told);
        }
    }

    void writeBehind() throws SQLException {
        if (of.hasRows) {
            write(FIRST + 3, FIRST + 4, FIRST + 7);
            for (DefinedTable table : List.copyOf(told.tables())) {
                change(table.update(FIRST, FIRST + 13));
                change(table.delete(FIRST + 1));
            }
        }
    }

    private void write(int... numbers) throws SQLException {
        for (DefinedTable table : List.copyOf(told.tables())) {
            for (int number : numbers) {
                change(table.insert(number));
            }
        }
    }

    private void change(String sql) throws SQLException {
        if (sql == null) {
            return;
        }
        try {
            execute(source, sql);
            told.hear(null);
        } catch (SQLIntegrityConstraintViolationException e) {
            // A table may take NULL alone.
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** What became of it; {@link #complaints} has what is wrong then. */
    DdlOutcome outcome(String stop, boolean isMended) throws SQLException {
        String difference = stop == null ? told.difference(target::read) : told.differenceFromAll(target::read);
        DdlOutcome outcome = stop != null ? DdlOutcome.STOPPED : isMended ? DdlOutcome.MENDED : DdlOutcome.UNDERSTOOD;
        if (stop == null && difference != null && told.lacksATable(target::read)) {
            outcome = DdlOutcome.LEFT_OUT;
            difference = told.differenceFromOthers(target::read);
        }
        if (difference != null) {
            complaints.add(of.number + ": wrong rows: " + difference);
        }
        DdlOutcome expected = of.outcome(FollowedDatabase.IS_2_4);
        if (outcome != expected) {
            complaints.add(of.number + ": " + outcome.word() + " instead of " + expected.word() + ": " + stop);
        }
        if (stop != null && !stop.contains(of.reason)) {
            complaints.add(of.number + ": stopped by another reason than '" + of.reason + "': " + stop);
        }
        return outcome;
    }

    List<String> complaints() {
        return complaints;
    }
}
