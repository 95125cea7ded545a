package resolver

import (
	"context"

	"respawn/tracker"
)

// Doubt goes over the answers of a sweep, in place, before anybody believes that
// something exists: under the suffix of each Present name it asks for names that
// cannot exist. In a zone that answers those too, only a name with a delegation of
// its own stays Present, and the others are Wildcard. Where the suffix could not
// be judged, a name without a delegation of its own is Unknown with the reason;
// where its answers contradict each other, every name is. Suffixes are asked each
// time, so that a wildcard that appears while a long list is swept is seen by the
// next call. The error is that of [Client.Sweep]; answers are unchanged then.
func (c *Client) Doubt(ctx context.Context, answers []tracker.SweepAnswer) error {
	var suffixes []string
	verdicts := make(map[string]SuffixVerdict)
	for _, a := range answers {
		if a.Outcome != tracker.Present {
			continue
		}
		s := a.Name.Suffix()
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
	for i := range answers {
		a := &answers[i]
		v, ok := verdicts[a.Name.Suffix()]
		if a.Outcome != tracker.Present || !ok {
			continue
		}
		switch {
		case v.Outcome == tracker.Wildcard && (len(a.NS) == 0 || sameNames(a.NS, v.NS)):
			a.Outcome, a.Reason = tracker.Wildcard, tracker.ReasonWildcard
		case v.Outcome == tracker.Unknown && !v.closed && (len(a.NS) == 0 || v.Reason == tracker.ReasonBadAnswer):
			a.Outcome, a.Reason = tracker.Unknown, v.Reason
		}
	}
	return nil
}
