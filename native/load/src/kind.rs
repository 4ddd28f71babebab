//! The kinds of failure, small in number: the kind alone decides whether a restart can help.

/// What sort of failure it is; closed on purpose, so that every policy is one `match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An option is unknown, missing or bad.
    Config,
    /// The server refused the credentials, or the TLS peer could not be verified.
    Auth,
    /// The target table cannot take these rows: missing table or column, type that does not fit, a refusal.
    Target,
    /// A row cannot be stored as it is: NULL in a key column, value out of range, U+0000 in text.
    Data,
    /// The connection could not be made or broke.
    Connection,
    /// The server ended the transaction for a reason that passes: deadlock, serialization failure, lock timeout.
    Contention,
    /// The server refused a statement for any other reason.
    Server,
    /// No byte and no answer came for longer than the stall timeout, or a wait passed its deadline.
    Stalled,
    /// A later attempt has taken this one's place: what it holds must not be published.
    Fenced,
    /// The session is closed.
    Closed,
    /// A bug of ours, a panic included.
    Internal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 11] = [
        Kind::Config,
        Kind::Auth,
        Kind::Target,
        Kind::Data,
        Kind::Connection,
        Kind::Contention,
        Kind::Server,
        Kind::Stalled,
        Kind::Fenced,
        Kind::Closed,
        Kind::Internal,
    ];

    /// What it is called outside, for good.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Config => "CONFIG",
            Kind::Auth => "AUTH",
            Kind::Target => "TARGET",
            Kind::Data => "DATA",
            Kind::Connection => "CONNECTION",
            Kind::Contention => "CONTENTION",
            Kind::Server => "SERVER",
            Kind::Stalled => "STALLED",
            Kind::Fenced => "FENCED",
            Kind::Closed => "CLOSED",
            Kind::Internal => "INTERNAL",
        }
    }

    /// True where a restart is no use: the same input with the same options fails the same way, or somebody else does
    /// the work, and each restart would take it from the other again.
    #[must_use]
    pub fn is_permanent(self) -> bool {
        matches!(self, Kind::Config | Kind::Auth | Kind::Target | Kind::Data | Kind::Fenced)
    }
}
