//! Why more was sent than what changed.

/// Why a part of a page was sent as a whole although parts of it stayed as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// All items of a list: the operations that lead to them would take more.
    Cost,
    /// The whole page: what it had shown could not be found again.
    Lost,
}

/// The reasons of one update, each with how often it came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons([usize; 2]);

impl Reasons {
    const ALL: [Reason; 2] = [Reason::Cost, Reason::Lost];

    /// How often it came up.
    pub fn count(&self, reason: Reason) -> usize {
        self.0[reason as usize]
    }

    /// The reasons that came up, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, usize)> + use<> {
        let counts = *self;
        let all = Reasons::ALL.into_iter().map(move |reason| (reason, counts.count(reason)));
        all.filter(|(_, count)| *count > 0)
    }

    pub(super) fn add(&mut self, reason: Reason) {
        self.0[reason as usize] += 1;
    }

    #[cfg(test)]
    pub(super) fn and(self, other: Reasons) -> Reasons {
        Reasons(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }
}

impl From<Reason> for Reasons {
    fn from(reason: Reason) -> Reasons {
        let mut reasons = Reasons::default();
        reasons.add(reason);
        reasons
    }
}
