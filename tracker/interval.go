package tracker

import (
	"fmt"
	"time"
)

// An Interval is when something happened, as far as we know: after Lo, at or
// before Hi. A zero Lo means that nothing bounds it below (it was so when we
// first looked); a zero Hi means that it has not been seen to happen (right
// censored). Lo equal to Hi is an exact instant, as a registry's own date is.
type Interval struct {
	Lo time.Time `json:"lo,omitzero"`
	Hi time.Time `json:"hi,omitzero"`
}

// Exactly is the interval of a known instant.
func Exactly(t time.Time) Interval { return Interval{Lo: t, Hi: t} }

// Exact says whether the instant is known.
func (i Interval) Exact() bool { return !i.Hi.IsZero() && i.Lo.Equal(i.Hi) }

// Width is Hi minus Lo; zero where either side is open.
func (i Interval) Width() time.Duration {
	if i.Lo.IsZero() || i.Hi.IsZero() {
		return 0
	}
	return i.Hi.Sub(i.Lo)
}

// String is for people: one date where both bounds fall on it, else both, to the
// minute, in UTC.
func (i Interval) String() string {
	const day, minute = "2006-01-02", "2006-01-02 15:04"
	switch {
	case i.Lo.IsZero() && i.Hi.IsZero():
		return "never seen"
	case i.Lo.IsZero():
		return i.Hi.UTC().Format(minute) + " or before"
	case i.Hi.IsZero():
		return "not by " + i.Lo.UTC().Format(minute)
	case i.Exact() && i.Lo.UTC().Equal(i.Lo.UTC().Truncate(24*time.Hour)):
		return i.Lo.UTC().Format(day)
	case i.Exact():
		return i.Lo.UTC().Format(minute)
	default:
		return fmt.Sprintf("between %s and %s", i.Lo.UTC().Format(minute), i.Hi.UTC().Format(minute))
	}
}

// A DateBasis says where a printed date comes from. Every date that leaves the
// program carries one.
type DateBasis string

const (
	BasisRegistry  DateBasis = "registry"   // the registry's own event date
	BasisFirstSeen DateBasis = "first-seen" // between two of our own observations
	BasisListed    DateBasis = "listed"     // a published list says so, in the case file
	BasisCase      DateBasis = "case"       // the case file's seizure date
)
