package main

import (
	"testing"
	"time"

	"respawn/tracker"
)

func TestCheckClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		why    string
		header []tracker.HeaderField
		want   string
	}{
		{"the same second", []tracker.HeaderField{{Name: "date", Value: "Sun, 01 Mar 2026 12:00:00 GMT"}}, "ok"},
		{"five minutes fast", []tracker.HeaderField{{Name: "Date", Value: "Sun, 01 Mar 2026 11:55:00 GMT"}}, "warn"},
		{"a cache's copy of five minutes ago", []tracker.HeaderField{{Name: "Date", Value: "Sun, 01 Mar 2026 11:55:00 GMT"}, {Name: "Age", Value: "300"}}, "ok"},
		{"a day slow", []tracker.HeaderField{{Name: "Date", Value: "Mon, 02 Mar 2026 12:00:00 GMT"}}, "warn"},
		{"no time at all", []tracker.HeaderField{{Name: "Date", Value: "yesterday"}}, "warn"},
	} {
		c := checkClock(tracker.Capture{Name: "example.com", Visits: []tracker.Visit{{Hops: []tracker.Exchange{{}, {Header: tt.header}}}}}, now)
		if c.Grade != tt.want || c.What != "clock" || (c.Grade != "ok") != (c.Cure != "") {
			t.Errorf("%s: %+v, want %s", tt.why, c, tt.want)
		}
	}
}
