//! Who we are to a server: the user, and the password of now.
//!
//! Passwords change while gateways run: a mounted file is rewritten, IAM tokens live for minutes. So a password is asked
//! for at every login, and when a server refuses it, once more: only if it is another one by then, the login is tried
//! again.

use super::failure::Cause;
use super::iam::IamTokens;
use crate::config::store::{Credentials, PASSWORD_VARIABLE};
use crate::config::Secret;
use std::path::PathBuf;
use std::time::Instant;

/// The user and where its password comes from.
pub(crate) struct Login {
    user: Option<String>,
    source: Source,
}

enum Source {
    None,
    Fixed(Secret),
    File(PathBuf),
    Environment,
    Iam(IamTokens),
}

impl Login {
    pub fn new(user: Option<String>, credentials: &Credentials) -> Login {
        let source = match credentials {
            Credentials::None => Source::None,
            Credentials::Password(secret) => Source::Fixed(secret.clone()),
            Credentials::File(path) => Source::File(path.clone()),
            Credentials::Environment => Source::Environment,
            Credentials::Iam(iam) => Source::Iam(IamTokens::new(iam.clone(), user.clone().unwrap_or_default())),
        };
        Login { user, source }
    }

    /// The ACL user; `None` is the default one.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password of now, known by `deadline`; `None` if the server is not to be given one.
    ///
    /// # Errors
    /// It cannot be read, or signed.
    pub fn password(&self, deadline: Instant) -> Result<Option<Secret>, Cause> {
        match &self.source {
            Source::None => Ok(None),
            Source::Fixed(secret) => Ok(Some(secret.clone())),
            Source::File(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|_| Cause::NoCredentials("the file cannot be read"))?;
                some("the file is empty", text)
            }
            Source::Environment => {
                some("the environment variable is gone", std::env::var(PASSWORD_VARIABLE).unwrap_or_default())
            }
            Source::Iam(tokens) => tokens.token(deadline).map(Some),
        }
    }

    /// The password to try after `refused` was refused; `None` if there is no other.
    pub fn password_after(&self, refused: Option<&Secret>, deadline: Instant) -> Result<Option<Secret>, Cause> {
        if let Source::Iam(tokens) = &self.source {
            tokens.forget_credentials();
        }
        Ok(self.password(deadline)?.filter(|password| Some(password) != refused))
    }
}

fn some(otherwise: &'static str, text: String) -> Result<Option<Secret>, Cause> {
    match text.trim() {
        "" => Err(Cause::NoCredentials(otherwise)),
        password => Ok(Some(Secret::from(password.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_file_is_read_for_every_login() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let login = Login::new(None, &Credentials::File(file.path().into()));
        let soon = Instant::now() + Duration::from_secs(1);
        assert_eq!(login.password(soon).unwrap_err(), Cause::NoCredentials("the file is empty"));
        std::fs::write(file.path(), "first\n").unwrap();
        let first = login.password(soon).unwrap().unwrap();
        assert_eq!(first.expose(), "first");
        assert_eq!(login.password_after(Some(&first), soon).unwrap(), None);
        std::fs::write(file.path(), " second ").unwrap();
        assert_eq!(login.password_after(Some(&first), soon).unwrap().unwrap().expose(), "second");
        drop(file);
        assert_eq!(login.password(soon).unwrap_err(), Cause::NoCredentials("the file cannot be read"));
    }

    #[test]
    fn a_fixed_password_is_not_tried_twice() {
        let secret = Secret::from("same".to_string());
        let login = Login::new(None, &Credentials::Password(secret.clone()));
        assert_eq!(login.password_after(Some(&secret), Instant::now()).unwrap(), None);
    }
}
