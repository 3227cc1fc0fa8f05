//! TLS for store connections: one client configuration per store.
//!
//! Built once, because reading the system's certificates takes longer than a whole handshake, and because sessions can
//! only be resumed by connections that share a configuration. The crypto provider is named here and not installed for
//! the process: that choice belongs to whoever loads this library.

use crate::config::Tls;
use crate::error::{Code, Error, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;

/// The client configuration for `tls`; `None` is plain TCP.
///
/// # Errors
/// `AWS_MASKER_4001` if certificates are to be verified and the system has no trusted ones.
pub(crate) fn configure(tls: Tls) -> Result<Option<Arc<ClientConfig>>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::new(Code::ConfigInvalid, "config.redis_ssl_enabled: this build offers no TLS version."))?;
    let config = match tls {
        Tls::Off => return Ok(None),
        Tls::Verified => builder.with_root_certificates(system_roots()?).with_no_client_auth(),
        Tls::Unverified => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate { provider }))
            .with_no_client_auth(),
    };
    Ok(Some(Arc::new(config)))
}

/// The certificates this system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured). One that cannot be read does
/// not spoil the others.
fn system_roots() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Error::new(
            Code::ConfigInvalid,
            "config.redis_ssl_verify is true but this system has no trusted certificates; install ca-certificates.",
        ));
    }
    Ok(roots)
}

/// Accepts every certificate: what `redis_ssl_verify: false` asks for. That the server holds the certificate's key is
/// still checked.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
