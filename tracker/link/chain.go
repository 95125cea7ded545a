package link

import (
	"fmt"
	"math"
	"slices"
	"strings"

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

// Beside is namesake, a link to a name of the same label, with what other, a link to
// another site of the same campaign, shows of the people behind both: whoever runs
// that site and has booked this label stands in for it. The line that carries it
// names the site, so that the lines still add up. Where other shows no more, it is
// namesake as it was.
func Beside(namesake, other tracker.Link) tracker.Link {
	w := round(other.Score - namesake.Score)
	if w <= 0 {
		return namesake
	}
	var by []string
	for _, e := range other.Evidence {
		if e.Weight >= speaks && e.Group != groupPrior {
			by = append(by, strings.TrimSpace(e.Kind+" "+strings.ReplaceAll(e.Value, ".", "[.]")))
		}
	}
	if len(by) > 3 {
		by = append(by[:3:3], fmt.Sprintf("%d more", len(by)-3))
	}
	namesake.Evidence = append(slices.Clip(namesake.Evidence), tracker.Evidence{Group: groupPrior, Kind: "sister", Value: string(other.Old), Weight: w,
		Why: fmt.Sprintf("of the same campaign, and %s by itself if that stood alone (log odds %+.1f): %s", other.Band, other.Score, strings.Join(by, ", "))})
	namesake.Score, namesake.Band = other.Score, other.Band
	return namesake
}

// Rejected is l once a person has said that it is wrong, and why: unlikely, whatever
// the evidence. What the word takes away is a line of its own, so that the lines
// still add up. It may be applied twice.
func Rejected(l tracker.Link, reason string) tracker.Link {
	if _, yes := l.Rejected(); yes {
		return l
	}
	w := min(0, round(rejectedScore-l.Score))
	l.Evidence = append(slices.Clip(l.Evidence), tracker.Evidence{Group: groupPrior, Kind: tracker.EvidenceRejected, Value: string(l.New), Weight: w, Why: "a person rejected this link: " + reason})
	l.Score, l.Band = round(l.Score+w), tracker.BandUnlikely
	return l
}

// rejectedScore leaves one chance in a hundred that the person was mistaken.
var rejectedScore = -math.Log(99)

// WithoutBatch says whether a link would be at least probable if the company in
// which its name was booked did not count, and rests on more than its label and its
// registrar: only such names may vouch for others. Drop-catchers and the curious book
// the same labels on the same day, and what nothing else links vouches for nobody.
func WithoutBatch(l tracker.Link) bool {
	rest := l.Score
	groups := map[tracker.Group]float64{}
	for _, e := range l.Evidence {
		switch {
		case e.Kind == "batch" || e.Kind == kindCeiling:
			rest -= e.Weight
		case e.Kind == "sister", e.Group == tracker.GroupRegistration && kinds[e.Kind].role >= support:
			groups[groupPrior] += e.Weight
		case e.Weight > 0 && e.Group != groupPrior && e.Group != tracker.GroupName && e.Group != tracker.GroupRegistration:
			groups[e.Group] += e.Weight
		}
	}
	more := false
	for _, w := range groups {
		more = more || w >= speaks
	}
	return more && l.Score >= probableAt && rest >= probableAt
}

// ByValue says whether a link rests on a value that one operator was assigned or
// rented: an account, a contact, a key, a server. A likeness of looks or articles is
// none. Such a name shows whose are the fronts that lead to it.
func ByValue(l tracker.Link) bool {
	return slices.ContainsFunc(l.Evidence, func(e tracker.Evidence) bool {
		return kinds[e.Kind].role == identity && e.Weight >= identifies && e.Group != tracker.GroupDesign && e.Group != tracker.GroupContent
	})
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
