//! libpq's six `sslmode`s in terms of rustls.
//!
//! `verify-full` is rustls as it comes; the weaker modes replace one check each and nothing else, signatures are
//! always verified. Roots are the file given, or the system's.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, Kind, Result};
use crate::spec::{SessionSpec, SslMode};

/// The connector for a session; `None` where TLS is off.
///
/// # Errors
/// Kind `Config`, naming `connection.ssl.root-cert`, where roots are needed and cannot be read.
pub(crate) fn connector(spec: &SessionSpec) -> Result<Option<MakeRustlsConnect>> {
    if spec.ssl_mode == SslMode::Disable {
        return Ok(None);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let checks = match (spec.ssl_mode, &spec.ssl_root_cert) {
        (SslMode::VerifyFull, _) => Checks::Full,
        (SslMode::VerifyCa, _) | (SslMode::Require, Some(_)) => Checks::Chain,
        _ => Checks::Nothing,
    };
    let verifier = match checks {
        Checks::Nothing => None,
        _ => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots(spec)?), Arc::clone(&provider))
                .build()
                .map_err(|e| Error::caused(Kind::Config, "option 'connection.ssl.root-cert'", e))?,
        ),
    };
    let verifier = Arc::new(Verifier { checks, verifier, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::caused(Kind::Internal, "setting up TLS", e))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Some(MakeRustlsConnect::new(config)))
}

fn roots(spec: &SessionSpec) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match &spec.ssl_root_cert {
        Some(path) => {
            let what = format!("option 'connection.ssl.root-cert': reading {}", path.display());
            let certificates = CertificateDer::pem_file_iter(path)
                .map_err(|e| Error::caused(Kind::Config, what.clone(), e))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|e| Error::caused(Kind::Config, what.clone(), e))?;
                store.add(certificate).map_err(|e| Error::caused(Kind::Config, what.clone(), e))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(Error::new(
            Kind::Config,
            "option 'connection.ssl.mode' needs trusted certificates and there are none; \
             set 'connection.ssl.root-cert' to a PEM file",
        ));
    }
    Ok(store)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checks {
    Nothing,
    Chain,
    Full,
}

#[derive(Debug)]
struct Verifier {
    checks: Checks,
    verifier: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(verifier) = &self.verifier else { return Ok(ServerCertVerified::assertion()) };
        match verifier.verify_server_cert(certificate, intermediates, server_name, ocsp, now) {
            // The name is checked last, so the chain was good.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.checks == Checks::Chain => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
