//! Takes a resource from a process that runs, and gives it back.

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

/// A limit of a process.
pub(super) struct Limit {
    process: Pid,
    resource: Resource,
    former: Rlimit,
}

impl Limit {
    /// Limits a resource of a process, which this one has started.
    ///
    /// # Panics
    /// If there is no such process.
    pub(super) fn set(process: u32, resource: Resource, most: u64) -> Self {
        let process = i32::try_from(process).ok().and_then(Pid::from_raw);
        let process = process.expect("the id of a process");
        let limit = Rlimit {
            current: Some(most),
            // As the process has it from here.
            maximum: getrlimit(resource).maximum,
        };
        let former = prlimit(Some(process), resource, limit);
        Self {
            process,
            resource,
            former: former.expect("the limit is set"),
        }
    }

    /// Takes the limit away.
    ///
    /// # Panics
    /// If the process has ended.
    pub(super) fn lift(self) {
        let lifted = prlimit(Some(self.process), self.resource, self.former);
        lifted.expect("the limit is lifted");
    }
}
