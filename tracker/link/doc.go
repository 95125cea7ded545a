// Package link weighs whether one site replaces another, and says why.
//
// It knows likelihood ratios: for each kind of evidence how much likelier a
// match is if the same people run both sites than if strangers do, how common
// the very value is among strangers ([Background]), what the imitated outlet
// itself carries (which is therefore no evidence), and which evidence is
// correlated and may count once. It does not fetch, store or decide which pairs
// to compare: tracker/scan hands in two [tracker.Site] values and a [Context]
// made from the store, and keeps the [tracker.Link] that comes back. It has no
// state and reads no clock; all functions are safe for concurrent use as long as
// nobody changes the Context meanwhile.
//
// A score is a sum of natural logarithms: prior odds, plus for each group of
// evidence the largest weight and 0.3 of the rest, capped. The weights are
// starting values from the literature named beside them (docs/methods.md), not a
// calibration on a large labelled set; docs/bench/link.md says how well they did.
package link

// Rule is the version of the scorer; every link carries it.
const Rule = "link-1"
