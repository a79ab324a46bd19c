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
    /// A fragment was sent as a whole: new values cannot be put into a construct in it.
    Unsupported,
    /// A fragment was sent as a whole: it has more new values than a message may have for one.
    Values,
    /// A fragment was sent as a whole: with it, the message would have more new values than it may.
    AllValues,
    /// A fragment was sent as a whole: more fragments in it would have been sent than may be in one message.
    Replaced,
}

impl Reason {
    /// `cost`, `lost`, `volatile`, `assigned`, `ends`, `objects`, `unsupported`, `values`, `all_values` or `replaced`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Cost => "cost",
            Reason::Lost => "lost",
            Reason::Volatile => "volatile",
            Reason::Assigned => "assigned",
            Reason::Ends => "ends",
            Reason::Objects => "objects",
            Reason::Unsupported => "unsupported",
            Reason::Values => "values",
            Reason::AllValues => "all_values",
            Reason::Replaced => "replaced",
        }
    }
}

/// The reasons of one update, each with how often it came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons([usize; Reasons::ALL.len()]);

impl Reasons {
    const ALL: [Reason; 10] = [
        Reason::Cost,
        Reason::Lost,
        Reason::Volatile,
        Reason::Assigned,
        Reason::Ends,
        Reason::Objects,
        Reason::Unsupported,
        Reason::Values,
        Reason::AllValues,
        Reason::Replaced,
    ];

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

    pub(crate) fn and(self, other: Reasons) -> Reasons {
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
