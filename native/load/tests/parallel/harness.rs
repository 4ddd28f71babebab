//! What the other tests stand on: a server that is killed takes with it what the kernel keeps for it. Linux has 4,096
//! System V segments, and a run of all tests kills more than a thousand servers.

use crate::support::Server;

#[test]
fn a_killed_server_leaves_nothing_in_the_kernel() {
    let mut server = Server::start(15);
    server.run("CREATE TABLE t (id int)");
    let postmaster = server.value("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");

    server.kill();

    let segments = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
    let created_by = |line: &str| line.split_whitespace().nth(4).map(str::to_owned);
    let left: Vec<_> =
        segments.lines().filter(|line| created_by(line).as_deref() == Some(&postmaster)).collect();
    assert!(left.is_empty(), "segments of {postmaster}: {left:?}");
}
