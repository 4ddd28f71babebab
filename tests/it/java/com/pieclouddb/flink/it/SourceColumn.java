package com.pieclouddb.flink.it;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A column of a table of the source, as its catalog has it, and values for it that a wrong reading would change. */
final class SourceColumn {

    private static final Pattern LENGTH = Pattern.compile("[^(]*\\((\\d+).*");

    final String name;
    final ColumnKind kind;

    /** 1 for the first column of the primary key, 0 for what is none. */
    final int keyPlace;

    private final String type;
    private final String wholeType;
    private final boolean isNullable;
    private final boolean isGenerated;

    SourceColumn(String name, String type, String wholeType, boolean isNullable, boolean isGenerated, int keyPlace) {
        this.name = name;
        this.type = type.toLowerCase(Locale.ROOT);
        this.wholeType = wholeType.toLowerCase(Locale.ROOT);
        this.isNullable = isNullable;
        this.isGenerated = isGenerated;
        this.keyPlace = keyPlace;
        kind = ColumnKind.of(type, wholeType);
    }

    /** For a statement of the source. */
    String quoted() {
        return "`" + name.replace("`", "``") + "`";
    }

    /** For a statement of the target. */
    String inTarget() {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    boolean isWritten() {
        return !isGenerated;
    }

    String common(String answered) {
        Matcher length = LENGTH.matcher(wholeType);
        return kind.common(answered, length.matches() ? Integer.parseInt(length.group(1)) : 1);
    }

    /**
     * A literal for a row, another one for each place and number; a row with an odd number has the greatest or a
     * negative number, one that ends with 2 or 7 NULL where that is allowed. What does not fit is made to fit by the
     * server.
     */
    String value(int place, int number) {
        if (keyPlace > 0) {
            return key(number);
        }
        if (isNullable && number % 5 == 2) {
            return "NULL";
        }
        int small = 10 + (place * 7 + number) % 80;
        switch (type) {
            case "tinyint":
                return numeral(number, small, 255, 127);
            case "smallint":
                return numeral(number, small, 65_535, 32_767);
            case "mediumint":
                return numeral(number, small, 16_777_215, 8_388_607);
            case "int":
                return numeral(number, small, 4_294_967_295L, Integer.MAX_VALUE);
            case "bigint":
                return number % 2 == 1 && wholeType.contains("unsigned")
                        ? "18446744073709551615 - " + small
                        : numeral(number, small, Long.MAX_VALUE, Long.MAX_VALUE);
            case "decimal":
            case "float":
            case "double":
                return small + ".5";
            case "bit":
                return wholeType.equals("bit(1)") ? String.valueOf(number % 2) : String.valueOf(small);
            case "enum":
                return String.valueOf(1 + number % (wholeType.split("','").length));
            case "set":
                return String.valueOf(1 + number % 3);
            case "date":
                return "'2020-01-" + (10 + small % 18) + "'";
            case "datetime":
            case "timestamp":
                return "'2020-01-" + (10 + small % 18) + " 01:02:03.456789'";
            case "time":
                return "'01:02:" + small % 50 + ".456789'";
            case "year":
                return String.valueOf(2000 + small);
            case "uuid":
                return "uuid()";
            case "inet4":
                return "'10.0.0." + small + "'";
            case "inet6":
                return "'::" + small + "'";
            case "geometry":
            case "point":
                return "POINT(" + small + ", " + place + ")";
            case "multipolygon":
                return "ST_GeomFromText('MULTIPOLYGON(((0 0,0 1,1 1,0 0)))')";
            case "geometrycollection":
                return "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 " + small + "))')";
            default:
                return text(small);
        }
    }

    private String key(int number) {
        switch (kind) {
            case NUMBER:
                return String.valueOf(number);
            case DATE:
                return "'2020-01-" + (10 + number % 18) + "'";
            default:
                return type.equals("uuid")
                        ? "'00000000-0000-4000-8000-0000000" + (10_000 + number) + "'"
                        : "'" + number + "'";
        }
    }

    private String numeral(int number, int small, long greatestUnsigned, long greatest) {
        boolean unsigned = wholeType.contains("unsigned");
        if (number % 2 == 0) {
            return String.valueOf(small);
        }
        return String.valueOf(unsigned ? greatestUnsigned - small : small % 3 == 0 ? -small : greatest - small);
    }

    private String text(int small) {
        return wholeType.startsWith("longtext") ? "'[" + small + ", \"é\"]'" : "'é" + small + "'";
    }
}
