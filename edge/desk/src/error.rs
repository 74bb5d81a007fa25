//! Why a request is refused or fails.

use std::fmt::Display;
use std::io;
use std::time::Duration;

use axum::http::StatusCode;
use catalogue::{AnimalId, CatalogueError};
use recognise::Language;
use recognise::photo::PhotoError;
use screens::Locale;
use screens::locale::Message;
use thiserror::Error;

use crate::access::AccessError;
use crate::kiosk::CommandError;
use crate::limits::FOLLOWERS_OF_SESSION;
use crate::webhook::WebhookError;

/// Why a request is refused or fails. Each message is one line for the API.
#[derive(Debug, Error)]
pub(crate) enum DeskError {
    /// There is no session.
    #[error("log in first")]
    LoginNeeded,
    /// Staff asked for something that only the owner may do.
    #[error("only the owner may do this")]
    OwnerOnly,
    /// A viewer asked for a change.
    #[error("this account may look at everything and change nothing")]
    ViewerOnly,
    /// A program asked for something about accounts or sessions of people.
    #[error("only a person who is logged in may do this")]
    PersonOnly,
    /// The owner has no password yet, and other machines reach the page.
    #[error("this kiosk is not set up yet; open /setup and enter the six figures on its screen")]
    SetUpFirst,
    /// The camera that was chosen cannot be used.
    #[error("camera: {}", Locale::of(Language::English).message(.0))]
    Camera(Message),
    /// A page of another site sent the request.
    #[error("requests from other sites are refused")]
    OtherSite,
    /// The request's host name is none of the kiosk's.
    #[error("this kiosk is not known by that name; add it to `names` in kiosk.toml")]
    OtherName,
    /// The password is not that of the account, or of any account if no name was given.
    #[error("the name or the password is wrong")]
    WrongPassword,
    /// The user who sets a password sent a wrong one as the present one.
    #[error("the present password is wrong")]
    WrongFormer,
    /// A program sent a token that is none, or was revoked.
    #[error("the token is wrong or was revoked")]
    WrongToken,
    /// A program with a token of scope `read` asked for more.
    #[error("this token may only read lists and figures; the owner can make one of scope `staff`")]
    ReadOnly,
    /// A program with a token of scope `camera` asked for more.
    #[error(
        "this token may only fetch the camera's picture; the owner can make one of scope `read` or `staff`"
    )]
    CameraOnly,
    /// A viewer, or a program with a token of scope `read`, asked for the camera's picture.
    #[error(
        "the camera's picture is for the owner, staff, and tokens of scope `camera` or `staff` only"
    )]
    CameraClosed,
    /// There were too many wrong passwords or tokens recently; how many seconds to wait.
    #[error("too many attempts; wait {0} s")]
    Throttled(u64),
    /// A session or token follows the events too often at a time.
    #[error(
        "this login or token has {most} streams of events already; close one of them",
        most = FOLLOWERS_OF_SESSION
    )]
    TooManyStreams,
    /// The owner confirmed another clock than the kiosk has now.
    #[error("the clock has gone on since you looked at it; look at it again")]
    OtherClock,
    /// The request cannot be accepted as it is; the line says why.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// The animal was merged into another one.
    #[error("animal {animal} was merged into animal {survivor}")]
    Merged {
        /// The animal that was asked for.
        animal: AnimalId,
        /// The one that it is now.
        survivor: AnimalId,
    },
    /// The body is larger than the desk accepts.
    #[error("too large; the limit is {kilobytes} KiB")]
    TooLarge {
        /// The limit.
        kilobytes: u64,
    },
    /// The request broke off.
    #[error("the upload broke off; try again")]
    Interrupted,
    /// The body took too long to arrive.
    #[error("the request took too long to arrive; try again")]
    TooSlow,
    /// No picture has come from the camera for a few seconds.
    #[error("the camera gives no picture at present; the notices of /api/v1/live may say why")]
    NoPicture,
    /// Too much work is waiting.
    #[error("the kiosk is busy; try again in a moment")]
    Busy,
    /// The password or token cannot be set, or those that there are cannot be read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The webhook cannot be set like this.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The catalogue refused or failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The photograph cannot be used.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The kiosk did not accept the command.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A backup is to be restored to the data folder, whose catalogue cannot be used, and nothing can be
    /// written there.
    #[error(
        "not restored: the kiosk cannot write to its data folder ({0}); let its user write there, or \
         replace a disk that can only be read, and restore the backup then"
    )]
    Unwritable(#[source] io::Error),
    /// A file could not be read or written.
    #[error("the kiosk's disk: {0}")]
    Disk(#[from] io::Error),
    /// A defect, or a system without random numbers or memory. Made by [`DeskError::internal`].
    #[error("something went wrong; the kiosk's log says what")]
    Internal,
}

/// The kinds of problems, by what a reader can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    /// There is no session.
    LoginNeeded,
    /// Staff asked for something that only the owner may do.
    OwnerOnly,
    /// A viewer asked for a change.
    ViewerOnly,
    /// The kiosk is not set up yet.
    SetUpFirst,
    /// Another site sent the request.
    OtherSite,
    /// There were too many wrong passwords or tokens.
    Throttled,
    /// There is no such page, animal or visit.
    Missing,
    /// The request cannot be accepted as it is; the message says why.
    Invalid,
    /// What the request is about has changed since its sender looked at it.
    Superseded,
    /// The kiosk is busy.
    Busy,
    /// The catalogue is damaged, so that the owner has to restore a backup.
    Damaged,
    /// The kiosk failed; the message says why.
    Failed,
}

impl DeskError {
    /// Logs the cause of a failure that the client learns nothing about.
    pub(crate) fn internal(what: &'static str, cause: impl Display) -> Self {
        tracing::error!(%cause, "{what}");
        Self::Internal
    }

    /// A body that cannot be read to its end. Nobody would guess the cause, which is logged.
    pub(crate) fn interrupted(cause: impl Display) -> Self {
        tracing::debug!(%cause, "a request broke off");
        Self::Interrupted
    }

    /// More than `most` bytes.
    pub(crate) fn too_large(most: u64) -> Self {
        let kilobytes = most >> 10;
        Self::TooLarge { kilobytes }
    }

    /// After too many wrong passwords or tokens.
    pub(crate) fn throttled(wait: Duration) -> Self {
        Self::Throttled(wait.as_secs_f64().ceil() as u64)
    }

    /// The HTTP status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::LoginNeeded | Self::WrongPassword | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::OwnerOnly
            | Self::ViewerOnly
            | Self::PersonOnly
            | Self::OtherSite
            | Self::SetUpFirst
            | Self::ReadOnly
            | Self::CameraOnly
            | Self::CameraClosed => StatusCode::FORBIDDEN,
            Self::OtherName => StatusCode::MISDIRECTED_REQUEST,
            Self::Throttled(_) | Self::TooManyStreams => StatusCode::TOO_MANY_REQUESTS,
            Self::Invalid(_)
            | Self::OtherClock
            | Self::Camera(_)
            | Self::Command(CommandError::NoAnimal)
            | Self::Photo(_)
            | Self::Webhook(_)
            | Self::WrongFormer => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Missing(_)
            | Self::Merged { .. }
            | Self::Access(
                AccessError::NoSuchToken
                | AccessError::NoSuchAccount
                | AccessError::NoSuchInvitation,
            ) => StatusCode::NOT_FOUND,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Interrupted => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Command(CommandError::Outdated) => StatusCode::CONFLICT,
            Self::Busy
            | Self::NoPicture
            | Self::Command(CommandError::Busy | CommandError::Stopped) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Access(
                AccessError::Length(_)
                | AccessError::Common
                | AccessError::Taken(_)
                | AccessError::AccountName
                | AccessError::AccountTaken
                | AccessError::TooManyAccounts
                | AccessError::BuiltIn
                | AccessError::TooManyInvitations
                | AccessError::TokenName
                | AccessError::TokenTaken
                | AccessError::TooManyTokens,
            ) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Catalogue(error) => status_of(error),
            Self::Disk(error) if error.kind() == io::ErrorKind::StorageFull => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            Self::Access(_) | Self::Unwritable(_) | Self::Disk(_) | Self::Internal => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// What kind of problem it is.
    pub(crate) fn kind(&self) -> ProblemKind {
        match self {
            Self::OwnerOnly
            | Self::ReadOnly
            | Self::CameraOnly
            | Self::CameraClosed
            | Self::PersonOnly => ProblemKind::OwnerOnly,
            Self::ViewerOnly => ProblemKind::ViewerOnly,
            Self::OtherSite => ProblemKind::OtherSite,
            Self::SetUpFirst => ProblemKind::SetUpFirst,
            Self::Catalogue(CatalogueError::Corrupt { .. }) => ProblemKind::Damaged,
            other => ProblemKind::of(other.status()),
        }
    }

    /// In how many seconds another try makes sense.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Throttled(seconds) => Some(*seconds),
            Self::Busy
            | Self::NoPicture
            | Self::Command(CommandError::Busy | CommandError::Stopped) => Some(1),
            _ => None,
        }
    }
}

impl ProblemKind {
    /// Whether the kiosk itself is at fault, and not what it was asked for.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Damaged | Self::Failed)
    }

    /// The kind that a status stands for. No status stands for [`ProblemKind::OwnerOnly`],
    /// [`ProblemKind::ViewerOnly`], [`ProblemKind::SetUpFirst`] or [`ProblemKind::Damaged`].
    pub(crate) fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::LoginNeeded,
            StatusCode::FORBIDDEN => Self::OtherSite,
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled,
            StatusCode::NOT_FOUND => Self::Missing,
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => Self::Superseded,
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy,
            status if status.is_server_error() => Self::Failed,
            _ => Self::Invalid,
        }
    }
}

fn status_of(error: &CatalogueError) -> StatusCode {
    match error {
        CatalogueError::NoSuchVisit(_)
        | CatalogueError::NoSuchAnimal(_)
        | CatalogueError::NoSuchOwner(_)
        | CatalogueError::NoSuchBooking(_) => StatusCode::NOT_FOUND,
        CatalogueError::Superseded { .. }
        | CatalogueError::NotInHouse(_)
        | CatalogueError::NotCheckedOut(_) => StatusCode::CONFLICT,
        CatalogueError::Outdated => StatusCode::PRECONDITION_FAILED,
        CatalogueError::Invalid { .. }
        | CatalogueError::Import(_)
        | CatalogueError::NotABackup { .. }
        | CatalogueError::NotDecrypted { .. }
        | CatalogueError::NothingToUndo(_)
        | CatalogueError::NoGuest(_)
        | CatalogueError::MergeWithItself(_)
        | CatalogueError::NotMerged(_)
        | CatalogueError::MergedFurther { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        CatalogueError::Locked { .. } | CatalogueError::Interrupted => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        CatalogueError::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
