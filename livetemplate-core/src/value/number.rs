//! Numbers as Go prints and parses them.
