// Package lookalike knows what names look like the names of a case, in both
// directions: it makes ranked candidates of them ([Generate]), best first and
// never more than a budget, and it recognises them in a stream of foreign names
// ([Matcher]).
//
// What it knows comes from three places: the case (watched labels, suffixes that
// the campaign has used, outlets whose own names are never hits), the lists of
// all public suffixes that are built in (the IANA list of top levels and the
// Public Suffix List with its private section, dated, with their hashes, see
// [Sources]), and a file of dated facts about how earlier sites came back
// (data/uses.csv), of which only what was known at [Options.AsOf] counts.
//
// It asks nothing and nobody: whether a candidate exists is the resolver's
// question, whether it belongs to the campaign is for package link. Names under
// wholly new labels are out of its reach and are found by what sites share.
package lookalike
