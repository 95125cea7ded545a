// Package tracker is the vocabulary of respawn: what a case, a name, an
// observation, a link, a transition and a lifespan are, and the rules that hold
// for each of them wherever it travels.
//
// It knows words and dates. It does not ask the network, keep anything on disk,
// read a clock or decide what an observation means: the packages resolver and
// crawler ask, tracker/store keeps, and the pure packages below tracker
// (custody, link, lifecycle, survival) decide. Every other package of ours may
// import this one; it imports none of them.
//
// Three rules are kept by the types themselves. An answer is Present, Absent or
// Unknown with a reason, and the zero Outcome is Unknown, so that a forgotten
// field can never end a life. A date that was observed is an Interval, because
// a scan knows only "not yet at Lo, already at Hi". Names are held in one
// canonical form ([Name]), so that two spellings of one domain are one domain.
package tracker
