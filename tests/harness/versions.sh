# The exact versions of everything that demo and tests run but do not build: the one place to change them.
# Sourced by the scripts of this folder.
# shellcheck shell=bash disable=SC2034

# Plain PostgreSQL in a jar, io.zonky.test.postgres:embedded-postgres-binaries-*
postgres_12=12.22.0
postgres_15=15.19.0
postgres_17=17.11.0

# Flink lines that a distribution is assembled for
flink_1_18=1.18.1
flink_1_20=1.20.3

# com.ververica:flink-sql-connector-mysql-cdc, the original demo's source
mysql_cdc=2.4.0
