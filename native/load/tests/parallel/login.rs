//! Passwords, TLS and the warehouse: what libpq's users expect, told in terms of our options.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::{Error, Kind};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use support::{Load, Server, SpecText};

const PASSWORD: &str = "pä55 w'ord\\";

fn try_load(session: &SpecText) -> Result<(), Error> {
    let load = Load::open(session, &SpecText::table("t", "append", &[("id", "INT")], ""))?;
    load.offer(&[RowBuilder::new(1).kind(RowKind::Insert).int(0, 1)])?;
    load.flush()
}

#[test]
fn scram_and_md5_passwords_work_and_wrong_ones_are_permanent_and_unseen() {
    for method in ["scram", "md5"] {
        let environment = [("PIE_PG_AUTH", method), ("PIE_PG_PASSWORD", PASSWORD)];
        let server = Server::start_with(15, &[], &environment);
        server.run("CREATE TABLE t (id int)");
        let session = SpecText::session(server.port).with("password", PASSWORD);
        try_load(&session).unwrap();
        assert_eq!(server.value("SELECT count(*) FROM t"), "1", "{method}");
        let wrong = try_load(&session.clone().with("password", "wrong secret")).unwrap_err();
        assert_eq!(wrong.kind(), Kind::Auth, "{method}: {wrong:?}");
        assert!(wrong.to_string().contains("'password'"), "{wrong}");
        assert!(!format!("{wrong:?}").contains("wrong secret"), "{wrong:?}");
        let unknown = try_load(&session.with("username", "nobody there")).unwrap_err();
        assert_eq!(unknown.kind(), Kind::Auth);
        let none = try_load(&SpecText::session(server.port)).unwrap_err();
        assert_eq!(none.kind(), Kind::Auth, "{method}: {none:?}");
        assert!(none.to_string().contains("'password'"), "{none}");
    }
}

/// The client refuses by itself; the server said nothing against the login.
#[test]
fn a_server_that_asks_for_another_way_to_log_in_is_refused_for_good() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _startup = stream.read(&mut [0; 1024]);
            // AuthenticationKerberosV5
            let _asked = stream.write_all(b"R\0\0\0\x08\0\0\0\x02");
        }
    });
    let session = SpecText::session(port).with("connection.ssl.mode", "disable").with("password", PASSWORD);
    let error = try_load(&session).unwrap_err();
    assert_eq!(error.kind(), Kind::Auth, "{error:?}");
    assert!(error.to_string().contains("options 'username' and 'password'"), "{error}");
}

#[test]
fn an_unknown_database_names_its_option() {
    let server = Server::start(15);
    let error = try_load(&SpecText::session(server.port).with("database-name", "nowhere")).unwrap_err();
    assert_eq!(error.kind(), Kind::Target);
    assert!(
        error.to_string().contains("'database-name'") && error.to_string().contains("nowhere"),
        "{error}"
    );
}

#[test]
fn session_settings_are_applied_and_bad_ones_named() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, work text DEFAULT current_setting('work_mem'))");
    try_load(&SpecText::session(server.port).with("connection.properties.work_mem", "7MB")).unwrap();
    assert_eq!(server.value("SELECT work FROM t"), "7MB");
    let bad = SpecText::session(server.port).with("connection.properties.no_such_setting", "1");
    let error = try_load(&bad).unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.to_string().contains("connection.properties.no_such_setting"), "{error}");
}

#[test]
fn a_warehouse_on_a_server_that_has_none_is_only_a_warning() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int)");
    try_load(&SpecText::session(server.port).with("pdb_warehouse", "w'1")).unwrap();
    assert_eq!(server.value("SELECT count(*) FROM t"), "1");
}

/// A PostgreSQL that says it is another server; what it then must not be asked, it would refuse.
fn pretending(version: &str) -> Server {
    let server = Server::start_with(15, &["log_statement=all", "allow_system_table_mods=on"], &[]);
    server.run(&format!(
        "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text
         LANGUAGE sql STABLE AS 'SELECT ''{version}''::text'"
    ));
    server.run("CREATE TABLE t (id int, warehouse text DEFAULT current_setting('pdb.warehouse', true))");
    server
}

#[test]
fn on_pieclouddb_a_warehouse_that_cannot_be_chosen_is_an_error_and_one_that_can_is_used() {
    let server = pretending("PieCloudDB 2.8.0 on x86_64");
    let session = SpecText::session(server.port).with("pdb_warehouse", "w'1");
    let error = try_load(&session).unwrap_err();
    assert_eq!(error.kind(), Kind::Config, "{error:?}");
    assert!(error.to_string().contains("'pdb_warehouse'"), "{error}");
    try_load(&session.with("pdb_warehouse.statement", "SET pdb.warehouse TO '<name>'")).unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|w'1"]);
}

#[test]
fn other_servers_than_postgresql_get_text_unless_told() {
    for version in ["PieCloudDB 2.8.0", "PostgreSQL 9.4.26 (Greenplum Database 6.24.3)"] {
        let server = pretending(version);
        try_load(&SpecText::session(server.port)).unwrap();
        assert_eq!(server.value("SELECT count(*) FROM t"), "1");
        let log = server.log();
        assert!(log.contains("FROM STDIN (FORMAT text)") && !log.contains("FORMAT binary"), "{version}");
    }
}

/// A CA, and a certificate for `localhost` signed by it, as PEM files.
struct Pki {
    folder: tempfile::TempDir,
}

impl Pki {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ca_params = CertificateParams::new(Vec::<String>::new()).unwrap();
        ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().unwrap();
        let ca = ca_params.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(ca_params, ca_key);
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        for (name, text) in
            [("ca.pem", ca.pem()), ("server.pem", certificate.pem()), ("server.key", key.serialize_pem())]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Pki { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// A server with this certificate. PostgreSQL wants the key private and its own, so both are given with the data.
    fn server(&self) -> Server {
        let mut server = Server::start(15);
        let data = server.data.path().join("data");
        for name in ["server.pem", "server.key"] {
            let copy = data.join(name);
            std::fs::copy(self.folder.path().join(name), &copy).unwrap();
            as_private_as(&copy, &data.join("postgresql.conf"));
        }
        server.run("ALTER SYSTEM SET ssl_cert_file = 'server.pem'");
        server.run("ALTER SYSTEM SET ssl_key_file = 'server.key'");
        server.run("ALTER SYSTEM SET ssl = on");
        // Up to 9.6 it is no setting to reload.
        server.kill();
        server.start_again();
        assert_eq!(server.value("SHOW ssl"), "on");
        server.run("CREATE TABLE t (id int)");
        server
    }
}

fn as_private_as(file: &Path, model: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let owner = std::fs::metadata(model).unwrap();
    chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn every_tls_mode_checks_what_libpq_checks() {
    let (pki, stranger) = (Pki::new(), Pki::new());
    let server = pki.server();
    let session = |mode: &str, host: &str, root: Option<&Pki>| {
        let text = SpecText::session(server.port).with("connection.ssl.mode", mode).with("hostname", host);
        match root {
            Some(pki) => text.with("connection.ssl.root-cert", &pki.path("ca.pem")),
            None => text,
        }
    };
    for (mode, host, root) in [
        ("disable", "localhost", None),
        ("allow", "localhost", None),
        ("prefer", "localhost", None),
        ("require", "127.0.0.1", None),
        ("verify-ca", "127.0.0.1", Some(&pki)),
        ("verify-full", "localhost", Some(&pki)),
    ] {
        try_load(&session(mode, host, root)).unwrap_or_else(|e| panic!("{mode}: {e:?}"));
    }
    for (what, refused) in [
        ("wrong host name", session("verify-full", "127.0.0.1", Some(&pki))),
        ("unknown CA", session("verify-full", "localhost", Some(&stranger))),
        ("unknown CA", session("verify-ca", "localhost", Some(&stranger))),
        ("unknown CA", session("require", "localhost", Some(&stranger))),
        ("not a system CA", session("verify-full", "localhost", None)),
    ] {
        let error = try_load(&refused).expect_err(what);
        assert!(matches!(error.kind(), Kind::Auth | Kind::Config), "{what}: {error:?}");
        assert!(error.chain().contains("connection.ssl"), "{what}: {error:?}");
    }
    let missing = session("verify-full", "localhost", None).with("connection.ssl.root-cert", "/no/such/file");
    let error = try_load(&missing).unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.to_string().contains("connection.ssl.root-cert"), "{error}");
}

#[test]
fn rows_really_travel_encrypted_and_a_server_without_tls_is_refused_where_it_is_required() {
    let pki = Pki::new();
    let server = pki.server();
    server.run("ALTER TABLE t ADD COLUMN tls bool");
    server.run(
        "CREATE FUNCTION is_tls() RETURNS bool LANGUAGE sql AS
         'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'; ALTER TABLE t ALTER tls SET DEFAULT is_tls()",
    );
    for (mode, expected) in [("prefer", "t"), ("require", "t"), ("allow", "f"), ("disable", "f")] {
        server.run("TRUNCATE t");
        try_load(&SpecText::session(server.port).with("connection.ssl.mode", mode)).unwrap();
        assert_eq!(server.value("SELECT tls FROM t"), expected, "{mode}");
    }
    let plain = Server::start(15);
    plain.run("CREATE TABLE t (id int)");
    try_load(&SpecText::session(plain.port).with("connection.ssl.mode", "prefer")).unwrap();
    let error = try_load(&SpecText::session(plain.port).with("connection.ssl.mode", "require")).unwrap_err();
    assert_eq!(error.kind(), Kind::Auth, "{error:?}");
    assert!(error.chain().contains("does not support TLS"), "{error:?}");
}
