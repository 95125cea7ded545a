package resolver

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"respawn/tracker"
)

// Doubt goes over the answers of a sweep, in place, before anybody believes that
// something exists: under the suffix of each Present name it asks for names that
// cannot exist. In a zone that answers those too, only a name with a delegation of
// its own stays Present, and the others are Wildcard. Where the suffix could not
// be judged, a name without a delegation of its own is Unknown with the reason;
// where its answers contradict each other, every name is. Suffixes are asked each
// time, so that a wildcard that appears while a long list is swept is seen by the
// next call; one that is known is asked about again after some minutes, and where
// it is none any more, its Wildcard names are asked again. The error is that of
// [Client.Sweep]; answers are unchanged then.
func (c *Client) Doubt(ctx context.Context, answers []tracker.SweepAnswer) error {
	var suffixes []string
	verdicts := make(map[string]SuffixVerdict)
	for _, a := range answers {
		s := a.Name.Suffix()
		if a.Outcome != tracker.Present && (a.Outcome != tracker.Wildcard || c.wildFor(s) < wildKept) {
			continue
		}
		if _, ok := verdicts[s]; !ok && s != "" {
			verdicts[s] = SuffixVerdict{}
			suffixes = append(suffixes, s)
		}
	}
	if len(suffixes) == 0 {
		return nil
	}
	vs, err := c.ProbeSuffixes(ctx, suffixes)
	if err != nil {
		return err
	}
	for _, v := range vs {
		verdicts[v.Suffix] = v
	}
	again, err := c.unwild(ctx, answers, verdicts)
	if err != nil {
		return err
	}
	for i := range answers {
		a := &answers[i]
		v, ok := verdicts[a.Name.Suffix()]
		if ans, asked := again[a.Name]; asked && a.Outcome == tracker.Wildcard {
			*a = ans
		}
		switch {
		case !ok:
		case a.Outcome == tracker.Wildcard && v.Outcome == tracker.Unknown:
			a.Outcome, a.Reason = tracker.Unknown, v.Reason
		case a.Outcome != tracker.Present:
		case v.Outcome == tracker.Wildcard && (len(a.NS) == 0 || sameNames(a.NS, v.NS)):
			a.Outcome, a.Reason = tracker.Wildcard, tracker.ReasonWildcard
		case v.Outcome == tracker.Unknown && !v.closed && (len(a.NS) == 0 || v.Reason == tracker.ReasonBadAnswer):
			a.Outcome, a.Reason = tracker.Unknown, v.Reason
		}
	}
	return nil
}

// wildKept is how long a wildcard is believed without asking its suffix again:
// through the portions of a night, not into the next.
const wildKept = 5 * time.Minute

// wildFor is how long ago suffix was found to answer every name; beyond any limit
// where it is not known to.
func (c *Client) wildFor(suffix string) time.Duration {
	if m := c.wild.Load(); m != nil {
		if v, ok := (*m)[suffix]; ok {
			return time.Duration(c.now() - v.known)
		}
	}
	return math.MaxInt64
}

// unwild asks again about the Wildcard names among answers whose suffix turned out
// to be a zone like others.
func (c *Client) unwild(ctx context.Context, answers []tracker.SweepAnswer, verdicts map[string]SuffixVerdict) (map[tracker.Name]tracker.SweepAnswer, error) {
	again := make(map[tracker.Name]tracker.SweepAnswer)
	for _, a := range answers {
		if v, ok := verdicts[a.Name.Suffix()]; ok && a.Outcome == tracker.Wildcard && (v.Outcome == tracker.Present || v.Outcome == tracker.Absent) {
			again[a.Name] = a
		}
	}
	if len(again) == 0 {
		return nil, nil
	}
	names := slices.Sorted(maps.Keys(again))
	_, err := c.Sweep(ctx, slices.Values(names), func(a tracker.SweepAnswer) { again[a.Name] = a })
	return again, err
}
