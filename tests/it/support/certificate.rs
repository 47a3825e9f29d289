//! Whom a Slack with TLS says it is, made anew for each of them.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};
use tempfile::NamedTempFile;

/// What is shown in the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// For this machine, from an authority that the function is told to trust.
    Good,
    /// For this machine, from nobody else.
    SelfSigned,
    /// For this machine, from an authority of the same name as the trusted one.
    UnknownAuthority,
    /// Was good until 2020.
    Expired,
    /// Will be good in 2100.
    NotYetValid,
    /// From the trusted authority, for Slack's name.
    WrongName,
}

/// A certificate with its key, and the authority to trust.
#[derive(Debug)]
pub(crate) struct Identity {
    config: Arc<ServerConfig>,
    roots: NamedTempFile,
}

impl Identity {
    pub(super) fn new(
        certificate: Certificate,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let trusted = authority();
        let mut roots = NamedTempFile::new().unwrap();
        roots.write_all(trusted.pem().as_bytes()).unwrap();

        let key = KeyPair::generate().unwrap();
        let params = leaf(certificate);
        let leaf = match certificate {
            Certificate::SelfSigned => params.self_signed(&key),
            Certificate::UnknownAuthority => params.signed_by(&key, &authority()),
            _ => params.signed_by(&key, &trusted),
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.unwrap().der().clone()], key)
            .unwrap();
        Self {
            config: Arc::new(config),
            roots,
        }
    }

    /// The trusted authority, as `SSL_CERT_FILE` takes it.
    pub(super) fn roots(&self) -> &Path {
        self.roots.path()
    }

    pub(super) fn connection(&self) -> ServerConnection {
        ServerConnection::new(Arc::clone(&self.config)).unwrap()
    }
}

fn leaf(certificate: Certificate) -> CertificateParams {
    let names = match certificate {
        Certificate::WrongName => vec!["hooks.slack.com".to_owned()],
        _ => ["localhost", "127.0.0.1", "::1"]
            .map(str::to_owned)
            .to_vec(),
    };
    let mut params = CertificateParams::new(names).unwrap();
    match certificate {
        Certificate::Expired => params.not_after = date_time_ymd(2020, 1, 1),
        Certificate::NotYetValid => params.not_before = date_time_ymd(2100, 1, 1),
        _ => {}
    }
    params
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
