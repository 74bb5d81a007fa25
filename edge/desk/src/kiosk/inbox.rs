//! What waits for the kiosk's thread: commands, and the news that there is a newer frame.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Command, CommandError, Order};

/// The most photographs that wait here, each of up to 12 MB. The kiosk takes one after the other, and
/// has room for more once they are shrunk.
const PHOTOGRAPHS: usize = 8;

/// What waits for the kiosk's thread.
///
/// Commands wait in a queue of their own, without a limit: none is lost, and people and programs
/// give them more slowly than they are taken. Photographs, on which a network runs, wait in another
/// one: no command waits behind them. News of any number of frames is one flag: only the newest
/// frame counts.
///
/// ```
/// use std::time::Duration;
/// use desk::kiosk::{Command, Inbox, Order, Shown};
/// use screens::Button;
///
/// let inbox = Inbox::default();
/// for _ in 0..1000 {
///     inbox.notify();
/// }
/// inbox.give(Order::new(Command::Press(Button::Confirm), Shown::default()))?;
/// assert_eq!(inbox.wait(Duration::ZERO).len(), 1);
/// assert_eq!(inbox.wait(Duration::ZERO).len(), 0);
/// # Ok::<(), desk::kiosk::CommandError>(())
/// ```
#[derive(Debug, Default)]
pub struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// All but photographs.
    orders: Vec<Order>,
    photographs: VecDeque<Order>,
    has_news: bool,
    is_closed: bool,
}

impl Inbox {
    /// Puts a command in.
    ///
    /// # Errors
    /// [`CommandError::Busy`] for a photograph where too many wait, or [`CommandError::Stopped`].
    pub fn give(&self, order: Order) -> Result<(), CommandError> {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return Err(CommandError::Stopped);
        }
        if matches!(order.command, Command::Photograph(_)) {
            if waiting.photographs.len() >= PHOTOGRAPHS {
                return Err(CommandError::Busy);
            }
            waiting.photographs.push_back(order);
            waiting.has_news = true;
        } else {
            waiting.orders.push(order);
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// Says that there is news. Returns `false` where nobody receives it any more.
    #[must_use]
    pub fn notify(&self) -> bool {
        let mut waiting = self.lock();
        waiting.has_news = true;
        self.arrived.notify_one();
        !waiting.is_closed
    }

    /// Waits for commands or news, at most for `time`. Takes all commands but photographs, in the
    /// order in which they were given. A new photograph is news.
    #[must_use]
    pub fn wait(&self, time: Duration) -> Vec<Order> {
        let nothing = |waiting: &mut Waiting| {
            waiting.orders.is_empty() && !waiting.has_news && !waiting.is_closed
        };
        let waited = (self.arrived).wait_timeout_while(self.lock(), time, nothing);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        waiting.has_news = false;
        mem::take(&mut waiting.orders)
    }

    /// Takes all commands that wait but photographs, as [`Inbox::wait`], and leaves the news.
    #[must_use]
    pub fn take(&self) -> Vec<Order> {
        mem::take(&mut self.lock().orders)
    }

    /// Takes the photograph that has waited longest.
    #[must_use]
    pub fn photograph(&self) -> Option<Order> {
        self.lock().photographs.pop_front()
    }

    /// How many commands wait, photographs among them.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let waiting = self.lock();
        waiting.orders.len() + waiting.photographs.len()
    }

    /// Refuses everything from now on, and all that waits.
    pub fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.orders.clear();
        waiting.photographs.clear();
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
