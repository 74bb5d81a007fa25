//! Who may log in: passwords, and the login link of a kiosk without any.

use std::time::Instant;

use crate::access::{Links, Role};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::visitor::Visitor;

impl Desk {
    /// A link that logs in whoever opens it as the owner, once; it replaces the former link. `None`
    /// if there are passwords.
    #[must_use]
    pub fn login_link(&self) -> Option<String> {
        self.link(Links::make)
    }

    /// Logs a fresh login link, unless that happened a moment ago.
    pub(crate) fn renew_login_link(&self) {
        if let Some(link) = self.link(Links::renew) {
            tracing::info!("a fresh login link (it works once): {link}");
        }
    }

    fn link(&self, make: fn(&Links) -> Option<String>) -> Option<String> {
        match self.0.access.is_set() {
            Ok(false) => {}
            Ok(true) => return None,
            Err(error) => {
                tracing::error!(%error, "there is no login link");
                return None;
            }
        }
        let token = make(&self.0.links)?;
        let address = self.0.options.address;
        Some(format!("http://{address}/login?token={token}"))
    }

    /// Whose password it is. Attempts are throttled by the visitor's address and altogether.
    ///
    /// # Errors
    /// [`DeskError::Throttled`], [`DeskError::WrongPassword`], or if the passwords cannot be read.
    pub(crate) async fn check_password(
        &self,
        visitor: Visitor,
        password: String,
    ) -> Result<Role, DeskError> {
        let attempt = self.0.throttle.attempt(visitor.address, Instant::now());
        attempt.map_err(DeskError::throttled)?;
        let desk = self.clone();
        let verify = move || desk.0.access.verify(&password);
        match self.0.queues.passwords.run(verify).await?? {
            Some(role) => {
                self.0.throttle.succeeded(visitor.address);
                Ok(role)
            }
            None => {
                self.0.counters.wrong_password();
                Err(DeskError::WrongPassword)
            }
        }
    }

    /// Sets a role's password, which ends the role's sessions.
    ///
    /// # Errors
    /// [`DeskError::Access`] with what is wrong with the password or the disk.
    pub(crate) async fn set_password(&self, role: Role, password: String) -> Result<(), DeskError> {
        let desk = self.clone();
        let set = move || desk.0.access.set_password(role, &password);
        Ok(self.0.queues.passwords.run(set).await??)
    }
}
