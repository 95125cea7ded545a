package link

import (
	"math"
	"testing"

	"respawn/tracker"
)

func TestThrough(t *testing.T) {
	for _, tt := range []struct {
		name         string
		link, anchor float64
		want         tracker.Band
	}{
		{"two sure links are a sure chain", 12, 12, tracker.BandConfirmed},
		{"a sure link to a probable site is probable", 12, 3, tracker.BandProbable},
		{"two that are barely probable are possible together", 2.3, 2.3, tracker.BandPossible},
		{"an unlikely link stays unlikely", -3, 12, tracker.BandUnlikely},
	} {
		l := tracker.Link{Score: tt.link, Band: byScore(tt.link), Evidence: []tracker.Evidence{{Group: groupPrior, Weight: tt.link}}}
		got := Through(l, tracker.Link{New: "b.net", Old: "a.net", Score: tt.anchor, Band: byScore(tt.anchor)})
		if got.Band != tt.want {
			t.Errorf("%s: %s at %.2f", tt.name, got.Band, got.Score)
		}
		if got.Score > min(tt.link, tt.anchor) {
			t.Errorf("%s: %.3f is surer than one of its links", tt.name, got.Score)
		}
		if math.Abs(total(got)-got.Score) > .0005 {
			t.Errorf("%s: the lines add up to %.3f, the score is %.3f", tt.name, total(got), got.Score)
		}
		if len(l.Evidence) != 1 {
			t.Errorf("%s: the evidence handed in was changed", tt.name)
		}
	}
}

func TestWithoutBatch(t *testing.T) {
	line := func(kind string, w float64) tracker.Evidence {
		return tracker.Evidence{Group: kinds[kind].group, Kind: kind, Weight: w}
	}
	ceiling := func(w float64) tracker.Evidence {
		return tracker.Evidence{Group: groupPrior, Kind: kindCeiling, Weight: w}
	}
	for _, tt := range []struct {
		name  string
		lines []tracker.Evidence
		want  bool
	}{
		{"its label alone", []tracker.Evidence{line("label", 3)}, false},
		{"its label, its registrar and its company", []tracker.Evidence{line("label", 3), line("registrar", 1), line("batch", 2)}, false},
		{"no company at all", []tracker.Evidence{line("label", 3), line("css", 1)}, true},
		{"probable by its company", []tracker.Evidence{line("css", 1), line("batch", 2)}, false},
		{"probable beside its company", []tracker.Evidence{line("ga4", 3), line("batch", 2)}, true},
		{"by a registrant, which is more than a registrar", []tracker.Evidence{line("registrant-email", 3)}, true},
		{"by a sister site", []tracker.Evidence{line("label", 1), {Group: groupPrior, Kind: "sister", Weight: 2}}, true},
		{"what is less than a group", []tracker.Evidence{line("label", 3), line("css", .5)}, false},
		{"held down by a gate, and probable beside its company", []tracker.Evidence{line("ga4", 5), line("batch", 2), ceiling(-2.5)}, true},
		{"held down below probable", []tracker.Evidence{line("ga4", 5), line("batch", 2), ceiling(-5)}, false},
	} {
		l := tracker.Link{Evidence: tt.lines}
		l.Score = total(l)
		if got := WithoutBatch(l); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
