package com.pieclouddb.flink.it;

import java.lang.reflect.Method;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Leaves to the other line what {@link EachOnOneLine} gives to it. */
final class OneLineCondition implements ExecutionCondition {

    private static final boolean IS_ASKED = Boolean.parseBoolean(System.getenv("PIE_EACH_ON_ONE_LINE"));

    private static final Pattern INVOCATION = Pattern.compile("\\[test-template-invocation:#(\\d+)]");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Method method = context.getTestMethod().orElse(null);
        if (!IS_ASKED || method == null) {
            return ConditionEvaluationResult.enabled("on each line");
        }
        // By its name too: of tests with one set of arguments half are for either line.
        int turn = method.getName().hashCode();
        if (!method.isAnnotationPresent(Test.class)) {
            Matcher invocation = INVOCATION.matcher(context.getUniqueId());
            if (!invocation.find()) {
                return ConditionEvaluationResult.enabled("each set of arguments by itself");
            }
            turn += Integer.parseInt(invocation.group(1));
        }
        boolean isFirst = EnvironmentInformation.getVersion().startsWith("1.18");
        return (turn % 2 == 0) == isFirst
                ? ConditionEvaluationResult.enabled("this line's turn")
                : ConditionEvaluationResult.disabled("the other line's turn, see EachOnOneLine");
    }
}
