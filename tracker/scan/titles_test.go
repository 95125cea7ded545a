package scan

import (
	"context"
	"slices"
	"testing"
	"time"

	"respawn/tracker"
)

// seenOf is a store that has observations alone.
type seenOf struct {
	Reader
	obs []tracker.Observation
}

func (s seenOf) Observations(_ context.Context, names []tracker.Name, yield func(*tracker.Observation) error) error {
	for i := range s.obs {
		if !slices.Contains(names, s.obs[i].Name) {
			continue
		}
		if err := yield(&s.obs[i]); err != nil {
			return err
		}
	}
	return nil
}

func TestTitlesAreOfSitesThatRanBeforeTheNight(t *testing.T) {
	night := time.Date(2025, 3, 10, 2, 0, 0, 0, time.UTC)
	look := func(n tracker.Name, days int, c tracker.Class, title string) tracker.Observation {
		return tracker.Observation{Name: n, Probe: tracker.ProbeWeb, Outcome: tracker.Present, At: night.AddDate(0, 0, days), Facts: &tracker.Facts{Web: &tracker.Web{Class: c, Title: title}}}
	}
	r := seenOf{obs: []tracker.Observation{
		look("vozdosertao.com", -5, tracker.ClassLive, "Voz do Sertão"),
		look("vozdosertao.com", -4, tracker.ClassLive, "Voz do Sertão"),
		look("vozdosertao.com", -3, tracker.ClassLive, ""),
		look("vozdosertao.com", -2, tracker.ClassNotice, "This domain has been seized"),
		look("vozdosertao.com", 0, tracker.ClassLive, "Back again"),
		look("oglobo.com.br", -1, tracker.ClassLive, "O Globo"),
		look("stranger.com", -1, tracker.ClassLive, "A Stranger"),
		{Name: "vozdosertao.com", Probe: tracker.ProbeWeb, Outcome: tracker.Unknown, At: night.AddDate(0, 0, -1)},
	}}
	c := &tracker.Case{Names: []tracker.CaseName{{Name: "vozdosertao.com"}, {Name: "globo.pw", Impersonates: "oglobo.com.br"}}}
	got, err := Titles(t.Context(), r, c, night)
	if err != nil || len(got) != 2 || !slices.Equal(got["vozdosertao.com"], []string{"Voz do Sertão"}) || !slices.Equal(got["oglobo.com.br"], []string{"O Globo"}) {
		t.Errorf("%v, %v", got, err)
	}
}
