//! Tokens: JWT (RFC 7519) signed with HS256, naming an application and one of its pages.

use super::env::{self, Random};
use crate::error::{Code, Error, Result};
use crate::hex::hex;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{self, CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, decode_header, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Once;
use std::time::Duration;

/// Shortest signing key: as long as the hash (RFC 7518, section 3.2).
const MIN_KEY: usize = 32;
/// Longest token looked at; ours are under 400 bytes.
const MAX_TOKEN: usize = 4096;

/// What a token says. Never user data.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// Application id.
    app: String,
    /// Page id.
    page: String,
    iat: u64,
    exp: u64,
    jti: String,
    /// Set for tokens of a special use; a page's own token has none.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    special: Option<String>,
}

/// Signs and verifies the tokens of one application.
pub(super) struct TokenService {
    app: String,
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    ttl: Duration,
}

impl std::fmt::Debug for TokenService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenService").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl TokenService {
    pub fn new(app: &str, key: &[u8], ttl: Duration) -> Result<TokenService> {
        if key.len() < MIN_KEY {
            return Err(Error::new(
                Code::InvalidKey,
                format!("the signing key has {} bytes; at least {MIN_KEY} are needed", key.len()),
            ));
        }
        install_provider();
        let fingerprint = Sha256::new().chain_update(b"lvt-kid").chain_update(key).finalize();
        Ok(TokenService {
            app: app.to_owned(),
            kid: hex(&fingerprint[..8]),
            signing: EncodingKey::from_secret(key),
            verifying: DecodingKey::from_secret(key),
            ttl,
        })
    }

    /// A new token for `page`.
    pub fn mint(&self, page: &str, now: Duration, random: &dyn Random) -> Result<String> {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(self.kid.clone());
        let claims = Claims {
            app: self.app.clone(),
            page: page.to_owned(),
            iat: now.as_secs(),
            exp: now.saturating_add(self.ttl).as_secs(),
            jti: env::random_id(random)?,
            special: None,
        };
        encode(&header, &claims, &self.signing)
            .map_err(|e| Error::new(Code::Internal, format!("signing a token failed: {e}")))
    }

    /// The page that `token` names. The checks run in this order: form, algorithm, application, key and signature, expiry, use.
    pub fn verify(&self, token: &str, now: Duration) -> Result<String> {
        let malformed = || Error::new(Code::TokenMalformed, "the token is malformed");
        if token.len() > MAX_TOKEN || token.bytes().filter(|b| *b == b'.').count() != 2 {
            return Err(malformed());
        }
        let header = decode_header(token).map_err(|_| malformed())?;
        let claims: Claims = insecure_decode_claims(token).map_err(|_| malformed())?;
        if header.alg != Algorithm::HS256 {
            return Err(Error::new(Code::TokenMalformed, "the token's algorithm is not HS256"));
        }
        if claims.app != self.app {
            return Err(Error::new(Code::InvalidApplication, "the token belongs to another application"));
        }
        let bad_signature = || Error::new(Code::TokenSignature, "the token's signature is wrong");
        if header.kid.as_deref() != Some(&self.kid) {
            return Err(bad_signature());
        }
        let (message, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
        match crypto::verify(signature, message.as_bytes(), &self.verifying, Algorithm::HS256) {
            Ok(true) => {}
            _ => return Err(bad_signature()),
        }
        if now.as_secs() >= claims.exp {
            return Err(Error::new(Code::TokenExpired, "the token has expired"));
        }
        if claims.special.is_some() {
            return Err(Error::new(Code::TokenUse, "the token is for another use"));
        }
        Ok(claims.page)
    }
}

/// jsonwebtoken takes its cryptography from one provider per process. Ours offers HS256 alone; where the process already
/// has another, that one serves.
fn install_provider() {
    static ONCE: Once = Once::new();
    static PROVIDER: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| match algorithm {
            Algorithm::HS256 => Ok(Box::new(Hs256::new(key.as_bytes())?)),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        },
        verifier_factory: |algorithm, key| match algorithm {
            Algorithm::HS256 => Ok(Box::new(Hs256::new(key.try_get_as_bytes()?)?)),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    ONCE.call_once(|| {
        // An error means that a provider is there already.
        let _ = PROVIDER.install_default();
    });
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(key: &[u8]) -> Result<Hs256, ErrorKind> {
        Hmac::new_from_slice(key).map(Hs256).map_err(|_| ErrorKind::InvalidKeyFormat)
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    /// In constant time.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
