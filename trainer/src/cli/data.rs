//! The options that name the photographs of a data set.

use std::path::PathBuf;

use crate::dataset::Source;

// The data set and its splits. Not a doc comment: clap would show it as the help of the subcommand.
#[derive(Debug, clap::Args)]
pub(super) struct Data {
    /// The dataset: Oxford's layout, one folder a breed (also in train/, val/ and test/, or in cat/ and dog/), or a
    /// table with the columns file,breed and, where they are known, split,animal,species. Several are joined: --data A
    /// --data B
    #[arg(long, value_name = "DIR|FILE.csv", required = true)]
    data: Vec<PathBuf>,
    /// Photographs to validate on, one folder a breed, if the dataset does not say which
    #[arg(long, value_name = "DIR")]
    val: Option<PathBuf>,
    /// Photographs to test on, one folder a breed, if the dataset does not say which
    #[arg(long, value_name = "DIR")]
    test: Option<PathBuf>,
}

impl Data {
    /// Where the photographs come from.
    pub(super) fn source(&self) -> Source {
        Source {
            data: self.data.clone(),
            validation: self.val.clone(),
            test: self.test.clone(),
        }
    }
}
