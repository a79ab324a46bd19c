//! Why an update did more than what changed asks for.

/// Why a part of a page was sent as a whole although parts of it stayed as they were, or was evaluated although nothing that
/// it reads changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// All items of a list were sent: the operations that lead to them would take more.
    Cost,
    /// The whole page was sent: what it had shown could not be found again.
    Lost,
    /// A place was evaluated that calls a volatile function.
    Volatile,
    /// A place was evaluated that assigns a variable, or reads one that is assigned.
    Assigned,
    /// A range was evaluated whose items decide on others by `break` or `continue`.
    Ends,
    /// The whole page was evaluated: there are host objects in its data.
    Objects,
}

impl Reason {
    /// `cost`, `lost`, `volatile`, `assigned`, `ends` or `objects`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Cost => "cost",
            Reason::Lost => "lost",
            Reason::Volatile => "volatile",
            Reason::Assigned => "assigned",
            Reason::Ends => "ends",
            Reason::Objects => "objects",
        }
    }
}

/// The reasons of one update, each with how often it came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons([usize; 6]);

impl Reasons {
    const ALL: [Reason; 6] =
        [Reason::Cost, Reason::Lost, Reason::Volatile, Reason::Assigned, Reason::Ends, Reason::Objects];

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

    pub(crate) fn add(&mut self, reason: Reason) {
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
