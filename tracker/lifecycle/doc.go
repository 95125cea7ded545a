// Package lifecycle folds the observations of a name into what became of it: the
// changes of its state, where it stands now, and its lives with their birth and
// death as intervals. It owns the state machine of docs/lifecycle.md.
//
// It keeps five axes apart, because one word cannot hold them: who registered the
// name, what the DNS says, what visitors see, who holds it, and whether it is
// linked to a case. Each axis has a value, the interval in which it took it, and
// a change that waits for enough evidence; the status of a name is composed from
// the axes by one order of precedence (verdict.go).
//
// # What moves a state, and what does not
//
// Only an answer moves anything. Unknown outcomes, wildcard answers and whole
// runs that are void count as not asked: they neither confirm nor contradict, and
// the interval around the next change is wider for them. A web server that
// refuses or resets connections has answered; one that is silent has not, and a
// site of which nothing was heard for long is in the end unknown, never dead.
//
// How much evidence a change needs is a named [Policy]. A change is dated back to
// the first observation that showed it: its window is open at the last
// observation of the old value and closed at the first of the new one.
//
// # Where data comes from and goes
//
// [Replay] and [All] are pure functions of observations, a policy and an instant.
// They read no clock and ask nothing; tracker/custody has read Control off the
// facts before, tracker/link has made the link facts. The order in which
// observations arrive does not matter, and two of the same identity count once.
// What comes out is a projection that can be dropped and made again.
package lifecycle
