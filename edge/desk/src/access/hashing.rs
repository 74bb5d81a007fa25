//! Hashes passwords with Argon2id (RFC 9106), in memory that a thread keeps from one hash to the next: 19 MiB that
//! are taken and given back for each are seldom used again by glibc, and a few guesses would fill 200 MB.

use std::cell::RefCell;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{
    CustomizedPasswordHasher, Error, PasswordHasher, PasswordVerifier, Result,
};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::AccessError;

thread_local! {
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// The hash of a password, as a PHC string.
pub(super) fn hash(password: &str) -> std::result::Result<String, AccessError> {
    let hash: PasswordHash = Hasher::default()
        .hash_password(password.as_bytes())
        .map_err(|error| AccessError::Hash(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether a PHC string is the hash of a password.
pub(super) fn matches(phc: &str, password: &str) -> bool {
    let verified = PasswordHash::new(phc)
        .map_err(Error::from)
        .and_then(|hash| Hasher::default().verify_password(password.as_bytes(), &hash));
    match verified {
        Ok(()) => true,
        Err(Error::PasswordInvalid) => false,
        Err(error) => {
            tracing::error!(%error, "a password cannot be verified");
            false
        }
    }
}

/// Argon2 with its parameters.
#[derive(Default)]
struct Hasher {
    algorithm: Algorithm,
    version: Version,
    params: Params,
}

impl PasswordHasher<PasswordHash> for Hasher {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        let argon = Argon2::new(self.algorithm, self.version, self.params.clone());
        let mut out = [0; Output::MAX_LENGTH];
        let length = (self.params.output_len()).unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let out = out.get_mut(..length).ok_or(Error::OutputSize)?;
        MEMORY.with_borrow_mut(|memory| {
            let blocks = self.params.block_count();
            let missing = blocks.saturating_sub(memory.len());
            let reserved = memory.try_reserve_exact(missing);
            reserved.map_err(|_| argon2::Error::OutOfMemory)?;
            memory.resize(blocks, Block::default());
            argon.hash_password_into_with_memory(password, salt, out, memory)
        })?;
        Ok(PasswordHash {
            algorithm: self.algorithm.ident(),
            version: Some(self.version.into()),
            params: ParamsString::try_from(&self.params)?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(out)?),
        })
    }
}

impl CustomizedPasswordHasher<PasswordHash> for Hasher {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?;
        let version = version.map(Version::try_from).transpose()?;
        let hasher = Self {
            algorithm: algorithm.unwrap_or_default(),
            version: version.unwrap_or_default(),
            params,
        };
        hasher.hash_password_with_salt(password, salt)
    }
}
