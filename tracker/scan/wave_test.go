package scan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"respawn/tracker"
)

// waveCampaign makes dossiers from lines "NAME OLD BORN REGISTRAR"; BORN is a day
// of the registry, or LO..HI between two looks, and - leaves a field out; ! before
// NAME links it by its name alone. Names that no line makes are rows of the case.
func waveCampaign(campaign, text string) []tracker.Dossier {
	var out []tracker.Dossier
	made := map[tracker.Name]bool{}
	var olds []tracker.Name
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 4 {
			continue
		}
		name, alone := strings.CutPrefix(f[0], "!")
		d := tracker.Dossier{Name: tracker.Name(name), Case: "c"}
		lo, hi, two := strings.Cut(f[2], "..")
		switch {
		case two:
			d.RegisteredAt, d.Basis = tracker.Interval{Lo: day(lo + " 02:00"), Hi: day(hi + " 02:00")}, tracker.BasisFirstSeen
		case f[2] != "-":
			d.RegisteredAt, d.Basis = tracker.Exactly(day(lo+" 11:30")), tracker.BasisRegistry
		}
		if f[3] != "-" {
			d.Registration = &tracker.Registration{Registrar: strings.ReplaceAll(f[3], "_", " ")}
		}
		d.Link = &tracker.Link{New: d.Name, Old: tracker.Name(f[1]), Band: tracker.BandProbable, Relation: tracker.RelationReplacement,
			Evidence: []tracker.Evidence{{Group: groupPrior, Kind: "same-label", Weight: -1.4}, {Group: tracker.GroupName, Kind: "label", Weight: 3.9}}}
		if !alone {
			d.Link.Evidence = append(d.Link.Evidence, tracker.Evidence{Group: tracker.GroupContent, Kind: "slug", Weight: 2})
		}
		made[d.Name] = true
		olds = append(olds, d.Link.Old)
		out = append(out, d)
	}
	for _, n := range olds {
		if !made[n] {
			made[n] = true
			out = append(out, tracker.Dossier{Name: n, Case: "c", Row: &tracker.CaseName{Name: n, Role: tracker.RoleSeized, Campaign: campaign}})
		}
	}
	return out
}

func waveNames(ws []Wave) string {
	var b strings.Builder
	for _, w := range ws {
		fmt.Fprintf(&b, "%d: %s (%s to %s)\n", w.N, w.Name, w.First.Format(time.DateOnly), w.Last.Format(time.DateOnly))
	}
	return b.String()
}

func TestWaves(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"one registrar on one day",
			"a.cc a.com 2024-09-05 X\nb.so b.com 2024-09-05 X\nc.pw c.com 2024-09-05 X",
			"3: 2024-09-05, X, .cc .pw .so (2024-09-05 to 2024-09-05)\n"},
		{"one suffix within three days, named after the day of most",
			"a.so a.com 2024-09-05 X\nb.so b.com 2024-09-06 X\nc.so c.com 2024-09-06 -",
			"3: 2024-09-06, X, .so (2024-09-05 to 2024-09-06)\n"},
		{"tied through a third",
			"a.so a.com 2024-09-05 X\nb.cc b.com 2024-09-05 X\nc.cc c.com 2024-09-07 X",
			"3: 2024-09-05, X, .cc .so (2024-09-05 to 2024-09-07)\n"},
		{"a suffix ties nobody to another registrar",
			"a.so a.com 2024-09-05 X\nb.so b.com 2024-09-05 X\nc.so c.com 2024-09-05 X\nd.so d.com 2024-09-08 Y",
			"3: 2024-09-05, X, .so (2024-09-05 to 2024-09-05)\n"},
		{"who bears the name alone is not of the wave",
			"a.so a.com 2024-09-05 X\nb.cc b.com 2024-09-05 X\n!c.so c.com 2024-09-05 X\nd.pw d.com 2024-09-05 X",
			"3: 2024-09-05, X, .cc .pw .so (2024-09-05 to 2024-09-05)\n"},
		{"three that bear names alone are none", "!a.so a.com 2024-09-05 X\n!b.so b.com 2024-09-05 X\n!c.so c.com 2024-09-05 X", ""},
		{"two are a coincidence", "a.cc a.com 2024-09-05 X\nb.so b.com 2024-09-05 X", ""},
		{"one day alone ties nothing", "a.cc a.com 2024-09-05 X\nb.so b.com 2024-09-05 Y\nc.pw c.com 2024-09-05 Z", ""},
		{"one registrar on three days ties nothing", "a.cc a.com 2024-09-05 X\nb.so b.com 2024-09-06 X\nc.pw c.com 2024-09-07 X", ""},
		{"an unknown registrar is nobody's", "a.cc a.com 2024-09-05 -\nb.so b.com 2024-09-05 -\nc.pw c.com 2024-09-05 -", ""},
		{"four days apart", "a.so a.com 2024-09-01 X\nb.so b.com 2024-09-05 X\nc.so c.com 2024-09-09 X", ""},
		{"a name every other day is no wave of three weeks",
			"a.so a.com 2024-09-01 -\nb.so b.com 2024-09-03 -\nc.so c.com 2024-09-05 -\nd.so d.com 2024-09-07 -\ne.so e.com 2024-09-09 -\nf.so f.com 2024-09-11 -\ng.so g.com 2024-09-13 -",
			"4: 2024-09-01, .so (2024-09-01 to 2024-09-07)\n3: 2024-09-09, .so (2024-09-09 to 2024-09-13)\n"},
		{"between two looks is a day, between two months is none",
			"a.so a.com 2024-09-05..2024-09-06 -\nb.so b.com 2024-09-06 -\nc.so c.com 2024-09-06 -\nd.so d.com 2024-07-01..2024-09-06 -\ne.so e.com - -",
			"3: 2024-09-06, .so (2024-09-06 to 2024-09-06)\n"},
		{"the second generation comes in a wave of its own",
			"a.so a.com 2024-09-05 X\nb.so b.com 2024-09-05 X\nc.so c.com 2024-09-05 X\na.cc a.so 2024-11-08 X\nb.cc b.so 2024-11-08 X\nc.cc c.so 2024-11-09 -",
			"3: 2024-09-05, X, .so (2024-09-05 to 2024-09-05)\n3: 2024-11-08, X, .cc (2024-11-08 to 2024-11-09)\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := waveNames(Waves(Descent(waveCampaign("", tt.in)))); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestWavesOfTwoCampaignsAreTwo(t *testing.T) {
	one := waveCampaign("one", "a.so a.com 2024-09-05 X\nb.so b.com 2024-09-05 X\nc.so c.com 2024-09-05 X")
	two := waveCampaign("two", "d.so d.com 2024-09-05 X\ne.so e.com 2024-09-05 X\nf.so f.com 2024-09-05 X")
	const want = "3: 2024-09-05, one, X, .so (2024-09-05 to 2024-09-05)\n3: 2024-09-05, two, X, .so (2024-09-05 to 2024-09-05)\n"
	if got := waveNames(Waves(Descent(append(one, two...)))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestARowWithoutACampaignIsOfTheWaveAsWell(t *testing.T) {
	stated := waveCampaign("one", "a.so a.com 2024-09-05 X")
	unstated := waveCampaign("", "d.so d.com 2024-09-05 X\ne.cc e.com 2024-09-05 X")
	const want = "3: 2024-09-05, one, X, .so .cc (2024-09-05 to 2024-09-05)\n"
	if got := waveNames(Waves(Descent(append(stated, unstated...)))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestDescentCountsGenerations(t *testing.T) {
	ds := waveCampaign("echo", "a.so a.com 2024-09-05 X\na.cc a.so 2024-11-08 Y\na.pw a.cc 2025-01-02 Z\nx.so y.so 2024-09-05 X\ny.so x.so 2024-09-05 X")
	twin := waveCampaign("echo", "a.org a.com 2011-01-01 X")[0]
	twin.Link.Relation = tracker.RelationTwin
	weak := waveCampaign("echo", "a.net a.com 2024-09-05 X")[0]
	weak.Link.Band = tracker.BandPossible
	lost := waveCampaign("echo", "b.net elsewhere.com 2024-09-05 X")[0]
	ds = append(ds, twin, weak, lost)
	const want = "a.so replaces a.com, root a.com of echo, generation 1\na.cc replaces a.so, root a.com of echo, generation 2\na.pw replaces a.cc, root a.com of echo, generation 3\n"
	for range 20 {
		rand.Shuffle(len(ds), func(i, j int) { ds[i], ds[j] = ds[j], ds[i] })
		var b strings.Builder
		for _, s := range Descent(ds) {
			fmt.Fprintf(&b, "%s replaces %s, root %s of %s, generation %d\n", s.Name, s.Replaces, s.Root, s.Campaign, s.Generation)
		}
		if b.String() != want {
			t.Fatalf("got\n%swant\n%s", b.String(), want)
		}
	}
}

func TestAMemberSaysOfWhichWave(t *testing.T) {
	ds := waveCampaign("", "a.cc a.com 2024-09-05 Registrar_X\nb.so b.com 2024-09-05 Registrar_X\nc.pw c.com 2024-09-05 Registrar_X\nd.io d.com 2025-01-01 Y")
	inWaves(ds, ds)
	const want = "one of 3 names of the wave of 2024-09-05, Registrar X, .cc .pw .so"
	if ds[0].Wave != want || ds[3].Wave != "" {
		t.Errorf("%q and %q, want %q and none", ds[0].Wave, ds[3].Wave, want)
	}
}
