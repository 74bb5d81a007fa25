//! Logs people in and manages how: passwords, invitations, and the login link of a kiosk without any
//! password.

use std::time::Instant;

use crate::access::{Account, Event, Invitation, Links, Login, Role, Sender};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Cookies, Person};
use crate::work::blocking;

impl Desk {
    /// A link by which anyone who opens it is logged in as the owner, once; it replaces the former
    /// link. `None` if there are passwords.
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

    /// Whose password it is: that of the account of this name, or of `owner` or `staff` without one.
    /// Attempts are throttled by their sender and altogether, and recorded.
    ///
    /// # Errors
    /// [`DeskError::Throttled`], [`DeskError::WrongPassword`], or if the accounts cannot be read.
    pub(crate) async fn check_password(
        &self,
        client: &Client,
        name: &str,
        password: String,
    ) -> Result<Login, DeskError> {
        let login = self.attempt(client, name, password).await?;
        match &login {
            Some(login) => self.note(Event::Login, &login.account, client, "").await,
            None => {
                self.0.counters.wrong_password();
                // What was typed may be the password, in the wrong field.
                let known = self.0.access.name_of(name)?.unwrap_or_default();
                self.note(Event::LoginFailed, "", client, &known).await;
            }
        }
        login.ok_or(DeskError::WrongPassword)
    }

    /// Logs in the user who opened the login link.
    ///
    /// # Errors
    /// As [`Desk::begin_session`].
    pub(crate) async fn log_in_by_link(&self, client: &Client) -> Result<Cookies, DeskError> {
        let login = Login {
            account: Role::Owner.name().to_owned(),
            role: Role::Owner,
        };
        self.note(Event::Login, &login.account, client, "link")
            .await;
        self.begin_session(client, &login).await
    }

    /// Invites somebody to make an account of this role. Returns what is stored about the invitation,
    /// and its code.
    ///
    /// # Errors
    /// [`DeskError::Access`] if there are too many, or the file cannot be written.
    pub(crate) async fn invite(
        &self,
        client: &Client,
        by: &Person,
        role: Role,
    ) -> Result<(Invitation, String), DeskError> {
        let desk = self.clone();
        let made = blocking(move || desk.0.access.invite(role)).await??;
        self.note(Event::Invitation, &by.account, client, role.name())
            .await;
        Ok(made)
    }

    /// Withdraws an invitation.
    ///
    /// # Errors
    /// [`DeskError::Access`] if there is no such invitation, or the file cannot be written.
    pub(crate) async fn withdraw(
        &self,
        client: &Client,
        by: &Person,
        id: String,
    ) -> Result<(), DeskError> {
        let desk = self.clone();
        let role = blocking(move || desk.0.access.withdraw(&id)).await??;
        let event = Event::InvitationWithdrawn;
        self.note(event, &by.account, client, role.name()).await;
        Ok(())
    }

    /// Makes the account that an invitation is for, and logs in.
    ///
    /// # Errors
    /// [`DeskError::Access`] with what is wrong with the invitation, the name, the password or the
    /// disk.
    pub(crate) async fn accept_invitation(
        &self,
        client: &Client,
        code: String,
        name: String,
        password: String,
    ) -> Result<(Login, Cookies), DeskError> {
        // A wrong code does not reach the queue of passwords.
        self.0.access.invitation(&code)?;
        let desk = self.clone();
        let accept = move || desk.0.access.accept(&code, &name, &password);
        let login = self.0.queues.passwords.run(accept).await??;
        let role = login.role.name();
        self.note(Event::Account, &login.account, client, role)
            .await;
        let cookies = self.begin_session(client, &login).await?;
        Ok((login, cookies))
    }

    /// Sets the password of an account, which ends the account's sessions. Somebody who has a password
    /// sends it too: anyone who finds a page open cannot lock its owner out. If it was the own
    /// password, a new session begins, and its cookies are returned.
    ///
    /// # Errors
    /// [`DeskError::WrongFormer`], [`DeskError::Throttled`], or [`DeskError::Access`] with what is wrong
    /// with the new password or the disk.
    pub(crate) async fn set_password(
        &self,
        client: &Client,
        by: &Person,
        account: String,
        former: String,
        password: String,
    ) -> Result<Option<Cookies>, DeskError> {
        if self.0.access.has_password_of(&by.account)? {
            let login = self.attempt(client, &by.account, former).await?;
            if login.is_none() {
                self.0.counters.wrong_password();
                self.note(Event::LoginFailed, &by.account, client, &by.account)
                    .await;
                return Err(DeskError::WrongFormer);
            }
        }
        let desk = self.clone();
        let set = move || desk.0.access.set_password_of(&account, &password);
        let account = self.0.queues.passwords.run(set).await??;
        self.note(Event::Password, &by.account, client, &account)
            .await;
        if *account != *by.account {
            return Ok(None);
        }
        let login = Login {
            account,
            role: by.role,
        };
        self.begin_session(client, &login).await.map(Some)
    }

    /// Gives an account another role.
    ///
    /// # Errors
    /// [`DeskError::Access`] if there is no such account, or its role cannot be changed.
    pub(crate) async fn set_role(
        &self,
        client: &Client,
        by: &Person,
        account: String,
        role: Role,
    ) -> Result<Account, DeskError> {
        let desk = self.clone();
        let account = blocking(move || desk.0.access.set_role(&account, role)).await??;
        let about = format!("{}: {role}", account.name);
        self.note(Event::Role, &by.account, client, &about).await;
        Ok(account)
    }

    /// Removes an account, which ends its sessions.
    ///
    /// # Errors
    /// As [`Desk::set_role`].
    pub(crate) async fn remove_account(
        &self,
        client: &Client,
        by: &Person,
        account: String,
    ) -> Result<(), DeskError> {
        let desk = self.clone();
        let account = blocking(move || desk.0.access.remove(&account)).await??;
        self.note(Event::AccountRemoved, &by.account, client, &account)
            .await;
        Ok(())
    }

    /// Tries a password; `None` if it is wrong.
    async fn attempt(
        &self,
        client: &Client,
        name: &str,
        password: String,
    ) -> Result<Option<Login>, DeskError> {
        let sender = client.sender(self);
        let place = match sender {
            Sender::Address(_) => Some(self.0.queues.place_of_stranger()?),
            Sender::Device(_) => None,
        };
        let attempt = self.0.throttle.attempt(sender, Instant::now());
        let attempt = attempt.map_err(DeskError::throttled)?;
        let (desk, name) = (self.clone(), name.trim().to_owned());
        let verify = move || {
            // Until it is done, even if nobody waits for it any more.
            let _place = place;
            if !name.is_empty() {
                return desk.0.access.verify_named(&name, &password);
            }
            let role = desk.0.access.verify(&password)?;
            Ok(role.map(|role| Login {
                account: role.name().to_owned(),
                role,
            }))
        };
        let login = self.0.queues.passwords.run(verify).await??;
        if login.is_some() {
            self.0.throttle.succeeded(attempt);
        }
        Ok(login)
    }
}
