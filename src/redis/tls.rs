//! TLS for store connections: one client configuration per store.
//!
//! Built once, because reading the system's certificates takes longer than a whole handshake, and because sessions can
//! only be resumed by connections that share a configuration. The crypto provider is named here and not installed for
//! the process: that choice belongs to whoever loads this library.

use crate::config::store::{Tls, TlsSettings};
use crate::error::{Code, Error, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::WantsClientCert;
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature, CryptoProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;

/// TLS as one store speaks it.
#[derive(Clone, Debug)]
pub(crate) struct TlsClient {
    /// How.
    pub config: Arc<ClientConfig>,
    /// The name every certificate must be for; `None` is the name of the host connected to.
    pub server_name: Option<ServerName<'static>>,
}

/// TLS for `tls`; `None` is plain TCP.
///
/// # Errors
/// `AWS_MASKER_4001` if a certificate, key or name cannot be used; the sentence names the field.
pub(crate) fn configure(tls: &Tls) -> Result<Option<TlsClient>> {
    let Tls::On(settings) = tls else { return Ok(None) };
    let server_name = settings.server_name.clone().map(ServerName::try_from).transpose();
    let server_name = server_name.map_err(|_| invalid("config.redis_ssl_server_name is no host name or address."))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|_| invalid("config.redis_ssl_enabled: this build offers no TLS version."))?;
    let builder = match (settings.verify, &settings.ca_cert) {
        (true, None) => builder.with_root_certificates(system_roots()?),
        (true, Some(ca)) => builder.with_root_certificates(private_roots(ca)?),
        (false, _) => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate { provider })),
    };
    Ok(Some(TlsClient { config: Arc::new(with_own_certificate(builder, settings)?), server_name }))
}

/// The certificates this system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured). One that cannot be read does
/// not spoil the others.
fn system_roots() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(invalid(
            "config.redis_ssl_verify is true but this system has no trusted certificates; install ca-certificates or \
             set config.redis_ssl_ca_cert.",
        ));
    }
    Ok(roots)
}

fn private_roots(ca: &str) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("redis_ssl_ca_cert", ca)? {
        roots.add(certificate).map_err(|_| invalid("config.redis_ssl_ca_cert holds a certificate that is none."))?;
    }
    Ok(roots)
}

fn with_own_certificate(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    settings: &TlsSettings,
) -> Result<ClientConfig> {
    let Some((certificate, key)) = &settings.client else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates("redis_ssl_client_cert", certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&pem("redis_ssl_client_key", key.expose())?)
        .map_err(|_| invalid("config.redis_ssl_client_key holds no private key in PEM form."))?;
    builder.with_client_auth_cert(chain, key).map_err(|_| {
        invalid(
            "config.redis_ssl_client_key is not the key of config.redis_ssl_client_cert, or of a kind not supported.",
        )
    })
}

fn certificates(field: &str, text_or_path: &str) -> Result<Vec<CertificateDer<'static>>> {
    let pem = pem(field, text_or_path)?;
    let found: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(invalid(format!("config.{field} holds no certificate in PEM form."))),
    }
}

/// What a field that takes PEM text or the path of a PEM file means.
fn pem(field: &str, text_or_path: &str) -> Result<Vec<u8>> {
    if text_or_path.contains("-----BEGIN") {
        return Ok(text_or_path.into());
    }
    let bytes = std::fs::read(text_or_path.trim());
    bytes.map_err(|_| invalid(format!("config.{field} is neither PEM text nor a file that can be read.")))
}

fn invalid(details: impl Into<String>) -> Error {
    Error::new(Code::ConfigInvalid, details)
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
