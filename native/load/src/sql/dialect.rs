//! What differs between the servers of the family, found at login from `version()`.
//!
//! Facts: measured on Greenplum 6.24 and PostgreSQL 9.6 to 18; PieCloudDB is treated as the most restricted of them
//! (its base version and its support for binary COPY are not published).

use crate::copy::Format;
use crate::spec::CopyFormat;

/// Which server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// PostgreSQL itself.
    PostgreSql,
    /// Greenplum, Cloudberry and other relatives that report a Greenplum version.
    Greenplum,
    /// PieCloudDB.
    PieCloudDb,
}

/// Everything that is decided by the family.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    family: Family,
    /// Greenplum up to 6.
    old_greenplum: bool,
}

impl Dialect {
    /// Reads the family out of the text of `version()`.
    #[must_use]
    pub fn from_version(version: &str) -> Self {
        let lower = version.to_lowercase();
        let family = if lower.contains("pieclouddb") {
            Family::PieCloudDb
        } else if ["greenplum", "cloudberry", "greengage"].iter().any(|name| lower.contains(name)) {
            Family::Greenplum
        } else {
            Family::PostgreSql
        };
        let release = lower.split_once("greenplum database ").map_or("", |(_, rest)| rest);
        let major =
            release.split(|c: char| !c.is_ascii_digit()).next().and_then(|text| text.parse::<u32>().ok());
        Dialect { family, old_greenplum: major.is_some_and(|major| major < 7) }
    }

    /// True where a table with these storage parameters cannot have a primary key: one that is append-optimized has no
    /// unique index on Greenplum up to 6.
    #[must_use]
    pub fn refuses_key(self, properties: &[(String, String)]) -> bool {
        let is = |text: &str, known: &[&str]| known.iter().any(|word| text.eq_ignore_ascii_case(word));
        let appends = |(name, value): &(String, String)| {
            is(name, &["appendonly", "appendoptimized"]) && is(value, &["true", "on", "yes", "1", "t", "y"])
        };
        self.old_greenplum && properties.iter().any(appends)
    }

    /// The family.
    #[must_use]
    pub fn family(self) -> Family {
        self.family
    }

    /// True where a table's rows are spread over segments by columns that CREATE TABLE names.
    #[must_use]
    pub fn distributes(self) -> bool {
        self.family == Family::Greenplum
    }

    /// True where what a DELETE reports is known to be the number of rows that were there. An MPP adds up what its
    /// segments say, which nobody has tried with every way of spreading a table.
    #[must_use]
    pub fn counts_deleted_rows(self) -> bool {
        self.family == Family::PostgreSql
    }

    /// True where a unique index is known to refuse a key that is there already.
    #[must_use]
    pub fn enforces_unique(self) -> bool {
        self.family != Family::PieCloudDb
    }

    /// The COPY format to use: Greenplum 6 takes text faster (0.71 s against 0.94 s per million rows), PostgreSQL
    /// binary (2.7 s against 3.2 s per 1.2 million lineitem rows).
    #[must_use]
    pub fn copy_format(self, asked: CopyFormat) -> Format {
        match (asked, self.family) {
            (CopyFormat::Binary, _) | (CopyFormat::Auto, Family::PostgreSql) => Format::Binary,
            (CopyFormat::Text, _) | (CopyFormat::Auto, _) => Format::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_read_from_the_version_text() {
        for (text, family) in [
            ("PostgreSQL 15.19 on x86_64-pc-linux-gnu, compiled by gcc", Family::PostgreSql),
            ("PostgreSQL 9.4.26 (Greenplum Database 6.24.3 build x) on x86_64", Family::Greenplum),
            ("PostgreSQL 14.4 (Apache Cloudberry 2.0.0 build x) on x86_64", Family::Greenplum),
            ("PieCloudDB 2.8.0 on x86_64", Family::PieCloudDb),
        ] {
            assert_eq!(Dialect::from_version(text).family(), family, "{text}");
        }
    }

    #[test]
    fn an_append_optimized_table_of_greenplum_6_has_no_key() {
        let six = Dialect::from_version("PostgreSQL 9.4.26 (Greenplum Database 6.24.3 build x) on x86_64");
        let properties = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        assert!(six.refuses_key(&properties("appendonly", "true")));
        assert!(six.refuses_key(&properties("AppendOptimized", "ON")));
        assert!(!six.refuses_key(&properties("appendonly", "false")));
        assert!(!six.refuses_key(&properties("fillfactor", "70")));
        for other in
            ["PostgreSQL 12.12 (Greenplum Database 7.1.0 build x)", "PostgreSQL 15.19", "PieCloudDB 2.8.0"]
        {
            assert!(!Dialect::from_version(other).refuses_key(&properties("appendonly", "true")), "{other}");
        }
    }

    #[test]
    fn binary_is_the_default_on_postgresql_only() {
        let postgres = Dialect::from_version("PostgreSQL 15");
        let pie = Dialect::from_version("PieCloudDB 2");
        assert_eq!(postgres.copy_format(CopyFormat::Auto), Format::Binary);
        assert_eq!(postgres.copy_format(CopyFormat::Text), Format::Text);
        assert_eq!(pie.copy_format(CopyFormat::Auto), Format::Text);
        assert_eq!(pie.copy_format(CopyFormat::Binary), Format::Binary);
    }
}
