package link

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"respawn/tracker"
)

var idKinds = func() (out []string) {
	for k, v := range kinds {
		if v.page && !slices.Contains([]string{"css", "dom", "theme", "slug", "title", "text", "site-name"}, k) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return append(out, "spki", "certificate", "hhhash")
}()

// drawLook draws a page from small pools, so that two of them share something.
func drawLook(t *rapid.T, name string) *tracker.Fingerprint {
	f := &tracker.Fingerprint{Class: rapid.SampledFrom([]tracker.Class{tracker.ClassLive, tracker.ClassLive, tracker.ClassLive, tracker.ClassRedirecting, tracker.ClassParked, tracker.ClassNotice}).Draw(t, name+" class")}
	for range rapid.IntRange(0, 6).Draw(t, name+" ids") {
		f.IDs = append(f.IDs, tracker.Identifier{Kind: rapid.SampledFrom(idKinds).Draw(t, "kind"), Value: fmt.Sprint("v", rapid.IntRange(0, 3).Draw(t, "value"))})
	}
	for range rapid.IntRange(0, 5).Draw(t, name+" slugs") {
		f.Slugs = append(f.Slugs, fmt.Sprint("an-article-about-thing-", rapid.IntRange(0, 5).Draw(t, "slug")))
	}
	for range rapid.IntRange(0, 3).Draw(t, name+" titles") {
		f.Titles = append(f.Titles, fmt.Sprint("An article about thing ", rapid.IntRange(0, 5).Draw(t, "title")))
	}
	for i := range rapid.SampledFrom([]int{0, 10, 40}).Draw(t, name+" classes") {
		f.CSS = append(f.CSS, fmt.Sprint("c", i))
	}
	f.Text, f.TextWords = rapid.SampledFrom([]uint64{1, 3, 0xFFFFFFFF00000000}).Draw(t, name+" text"), rapid.SampledFrom([]int{0, 300}).Draw(t, name+" words")
	f.Template = rapid.SampledFrom([]string{"", "wp-theme:astra", "generator:x wp-theme:lantern"}).Draw(t, name+" theme")
	return f
}

func drawSite(t *rapid.T, name string, labels ...tracker.Name) *tracker.Site {
	s := &tracker.Site{Name: rapid.SampledFrom(labels).Draw(t, name), Class: tracker.ClassLive}
	if rapid.Bool().Draw(t, name+" registered") {
		s.RegisteredAt = tracker.Exactly(day("2024-08-01").AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, name+" day")))
		s.Registration = &tracker.Registration{CreatedAt: s.RegisteredAt.Hi, Registrar: rapid.SampledFrom([]string{"Quill", "Posy"}).Draw(t, name+" registrar")}
	}
	if rapid.Bool().Draw(t, name+" ended") {
		lo := s.RegisteredAt.Hi
		if lo.IsZero() {
			lo = day("2024-08-20")
		}
		s.EndedAt = tracker.Interval{Lo: lo.AddDate(0, 0, rapid.IntRange(0, 40).Draw(t, name+" end"))}
		s.EndedAt.Hi = s.EndedAt.Lo.Add(24 * time.Hour)
	}
	if rapid.Bool().Draw(t, name+" dns") {
		s.DNS = dns(rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2"}).Draw(t, name+" address"), rapid.SampledFrom([]tracker.Name{"ns1.x.net", "ns1.registrar-servers.com"}).Draw(t, name+" ns"))
	}
	for range rapid.IntRange(0, 3).Draw(t, name+" history") {
		s.History = append(s.History, drawLook(t, name+" before"))
	}
	if rapid.Bool().Draw(t, name+" page") {
		s.Fingerprint = drawLook(t, name+" now")
	}
	return s
}

func drawContext(t *rapid.T) *Context {
	cx := &Context{Background: &Background{}, Twins: map[string]int{"artichoc": rapid.IntRange(0, 8).Draw(t, "twins")}, Outlets: map[tracker.Name]*tracker.Fingerprint{}}
	for range rapid.IntRange(0, 4).Draw(t, "strangers") {
		cx.Background.Add(drawLook(t, "stranger"))
	}
	if rapid.Bool().Draw(t, "outlet") {
		cx.Outlets["spiegel.de"] = drawLook(t, "outlet")
	}
	return cx
}

// fresh is cx without what it remembers.
func fresh(cx *Context) *Context {
	return &Context{Background: cx.Background, Twins: cx.Twins, Outlets: cx.Outlets, Batches: cx.Batches, Shared: cx.Shared, Began: cx.Began}
}

var names = []tracker.Name{"artichoc.io", "artichoc.cc", "spiegel.ltd", "levinaigre.net", "spiegel.pw"}

// slack is what rounding a dozen lines to the third decimal may come to.
const slack = 0.006

func TestOrderOfInputsIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, cx := drawSite(t, "new", names...), drawSite(t, "old", names...), drawContext(t)
		want := Score(a, b, "identifier", cx)
		turn := func(s *tracker.Site) *tracker.Site {
			c := *s
			c.History = nil
			for _, f := range slices.Backward(s.History) {
				g := *f
				g.IDs, g.Slugs, g.Titles, g.CSS = slices.Clone(f.IDs), slices.Clone(f.Slugs), slices.Clone(f.Titles), slices.Clone(f.CSS)
				slices.Reverse(g.IDs)
				slices.Reverse(g.Slugs)
				slices.Reverse(g.Titles)
				slices.Reverse(g.CSS)
				c.History = append(c.History, &g)
			}
			return &c
		}
		got := Score(turn(a), turn(b), "identifier", fresh(cx))
		if got.Score != want.Score || got.Band != want.Band || !slices.Equal(got.Evidence, want.Evidence) || !slices.Equal(got.Ignored, want.Ignored) {
			t.Fatalf("turned round:\n%v\nwas\n%v", got, want)
		}
	})
}

func TestAValueThatCountsForNothingNeverRaisesTheScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, cx := drawSite(t, "new", names...), drawSite(t, "old", names...), drawContext(t)
		common := tracker.Identifier{Kind: rapid.SampledFrom([]string{"ga4", "gtm", "email", "spki", "favicon-mmh3", "slug"}).Draw(t, "common kind"), Value: "everybody-has-this-one"}
		if f := a.Fingerprint; f != nil && common.Kind == "slug" && len(f.Slugs) == 0 {
			// Whether it publishes at all is a fact of its own (see trade).
			f.Slugs = []string{"the-one-article-that-new-has"}
		}
		cx = fresh(cx)
		if rapid.Bool().Draw(t, "an outlet has it") {
			cx.Outlets = maps.Clone(cx.Outlets)
			o := live()
			give(o, common)
			cx.Outlets["zeit.de"] = o
		} else {
			cx.Background = &Background{Sites: cx.Background.Sites + 60, Values: map[tracker.Identifier]int{common: 60}}
		}
		was := Score(a, b, "identifier", cx)
		wear := func(s *tracker.Site) *tracker.Site {
			c := *s
			if s.Fingerprint == nil {
				c.Fingerprint = live()
			} else {
				f := *s.Fingerprint
				f.IDs, f.Slugs = slices.Clone(f.IDs), slices.Clone(f.Slugs)
				c.Fingerprint = &f
			}
			give(c.Fingerprint, common)
			return &c
		}
		got := Score(wear(a), wear(b), "identifier", fresh(cx))
		if got.Score > was.Score+slack && a.Fingerprint != nil && b.Fingerprint != nil {
			t.Fatalf("%s raised the score from %.3f to %.3f\n%v", common.Kind, was.Score, got.Score, got.Evidence)
		}
	})
}

func give(f *tracker.Fingerprint, id tracker.Identifier) {
	if id.Kind == "slug" {
		f.Slugs = append(f.Slugs, id.Value)
		return
	}
	f.IDs = append(f.IDs, id)
}

func TestScoreFallsWithEveryStrangerThatCarriesTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, cx := drawSite(t, "new", names...), drawSite(t, "old", names...), drawContext(t)
		last := Score(a, b, "same-label", cx).Score
		v := tracker.Identifier{Kind: rapid.SampledFrom(idKinds).Draw(t, "kind"), Value: fmt.Sprint("v", rapid.IntRange(0, 3).Draw(t, "value"))}
		for range 8 {
			next := fresh(cx)
			next.Background = &Background{Sites: cx.Background.Sites, Values: map[tracker.Identifier]int{}, texts: cx.Background.texts, looks: cx.Background.looks}
			for k, n := range cx.Background.Values {
				next.Background.Values[k] = n
			}
			next.Background.Values[v] += 1 + next.Background.Values[v]
			got := Score(a, b, "same-label", next).Score
			if got > last+slack {
				t.Fatalf("%d strangers with %v raised the score from %.3f to %.3f", next.Background.Values[v], v, last, got)
			}
			last, cx = got, next
		}
	})
}

func TestLinesAddUpAndGatesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, cx := drawSite(t, "new", names...), drawSite(t, "old", names...), drawContext(t)
		if rapid.Bool().Draw(t, "seized") {
			seized(rapid.SampledFrom([]tracker.Kind{tracker.KindUnstated, tracker.KindOwnBrand, tracker.KindBrandSpoof}).Draw(t, "case kind"), "")(b)
		}
		l := Score(a, b, rapid.SampledFrom([]string{"same-label", "redirect", "certificate", "outbound", "identifier", "hyphen"}).Draw(t, "rule"), cx)
		if d := total(l) - l.Score; d > slack || d < -slack {
			t.Fatalf("lines add up to %.3f, score %.3f", total(l), l.Score)
		}
		groups := map[tracker.Group]float64{}
		for _, e := range l.Evidence[1:] {
			groups[e.Group] += e.Weight
			if e.Why == "" {
				t.Fatalf("%v says nothing", e)
			}
		}
		for _, e := range l.Ignored {
			if e.Weight != 0 || e.Why == "" {
				t.Fatalf("ignored %v", e)
			}
		}
		if l.Band == tracker.BandConfirmed {
			speaking, beyond := 0, false
			for g, w := range groups {
				if w >= speaks-.001 {
					speaking++
					beyond = beyond || g != tracker.GroupName
				}
			}
			if l.Score < confirmedAt || speaking < 2 || !beyond {
				t.Fatalf("confirmed at %.2f by %v", l.Score, groups)
			}
		}
	})
}

func TestSymmetricFactsHaveOneDirection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, cx := drawSite(t, "one", names...), drawSite(t, "other", names...), drawContext(t)
		x, y := Score(a, b, "same-label", cx), Score(b, a, "same-label", cx)
		if x.Relation == tracker.RelationReplacement && y.Relation == tracker.RelationReplacement {
			t.Fatalf("each replaces the other: %s %v-%v, %s %v-%v", a.Name, a.RegisteredAt, a.EndedAt, b.Name, b.RegisteredAt, b.EndedAt)
		}
	})
}
