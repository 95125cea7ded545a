// Package link weighs whether one site replaces another, and says why.
//
// It knows likelihood ratios: for each kind of evidence how much likelier a
// match is if the same people run both sites than if strangers do, how common
// the very value is among strangers ([Background], and a dated table of values
// that half the web carries), what the imitated outlet itself carries (which is
// therefore no evidence), and which evidence is correlated and may count once.
// It does not fetch, store or decide which pairs to compare: tracker/scan hands
// in two [tracker.Site] values and a [Context] made from the store, and keeps
// the [tracker.Link] that comes back. It reads no clock. All functions are safe
// for concurrent use as long as nobody changes the Context, or a site that was
// scored with it, meanwhile.
//
// A score is a sum of natural logarithms: prior odds, plus for each group of
// evidence the largest weight and 0.3 of the rest, capped. Every line of
// Evidence carries what it added, so that the lines add up to the score. The
// ratios are starting values from the literature named in docs/methods.md, not a
// calibration on a large labelled set; docs/bench/link.md says how well they did.
package link

// Rule is the version of the scorer; every link carries it.
const Rule = "link-4"
