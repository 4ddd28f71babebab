package com.pieclouddb.flink.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What no line of Flink or Flink CDC is known to do otherwise than another: where there is no time for all, each of
 * these tests, and each set of arguments of one, runs on one of the two lines that have it, by turns.
 *
 * <p>{@code ./test} says so by {@code PIE_EACH_ON_ONE_LINE}; {@code ./test all}, and whoever runs a test alone, has all
 * of them on each line.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(OneLineCondition.class)
@interface EachOnOneLine {}
