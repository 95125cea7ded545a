package link

import (
	"fmt"
	"math"

	"respawn/tracker"
)

// Through is l, a link to a site that is no name of the case but was linked to it
// by anchor: a chain is only as sure as its links are together. What that takes
// away is a line of its own, so that the lines still add up, and the band is never
// better than the anchor's.
func Through(l, anchor tracker.Link) tracker.Link {
	both := 1 / (1 + math.Exp(-l.Score)) / (1 + math.Exp(-anchor.Score))
	if w := round(logit(both) - l.Score); w < -.01 {
		l.Evidence = append(l.Evidence, tracker.Evidence{Group: groupPrior, Kind: "chain", Value: string(anchor.New) + " -> " + string(anchor.Old), Weight: w,
			Why: fmt.Sprintf("%s is itself no more than %s (log odds %+.1f)", anchor.New.Defang(), anchor.Band, anchor.Score)})
		l.Score = round(l.Score + w)
	}
	for _, b := range [...]tracker.Band{byScore(l.Score), anchor.Band} {
		if b.Rank() < l.Band.Rank() {
			l.Band = b
		}
	}
	return l
}

// WithoutBatch says whether a link would be at least probable if the company in
// which its name was booked did not count: only such names may vouch for others.
func WithoutBatch(l tracker.Link) bool {
	rest := l.Score
	for _, e := range l.Evidence {
		if e.Kind == "batch" || e.Kind == kindCeiling {
			rest -= e.Weight
		}
	}
	return l.Score >= probableAt && rest >= probableAt
}

// byScore is the best band that a score may have.
func byScore(score float64) tracker.Band {
	switch {
	case score >= confirmedAt:
		return tracker.BandConfirmed
	case score >= probableAt:
		return tracker.BandProbable
	case score >= 0:
		return tracker.BandPossible
	}
	return tracker.BandUnlikely
}
