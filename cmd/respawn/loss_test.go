package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"respawn/internal/netsim"
	"respawn/tracker"
	"respawn/tracker/lifecycle"
	"respawn/tracker/scan"
	"respawn/tracker/store"
)

// On every night one answer in five is lost, and on three nights our own line is
// down, which on two of them shows only at the end, after a night on which
// everybody seemed gone. No true life may end by that, no death or birth may
// appear that was none, and every birth and death must lie in its interval.
func TestLossesEndNoLifeAndHideNone(t *testing.T) {
	t.Parallel()
	// With these seeds a policy that believes every answer at once is wrong, a first
	// look is refused, and the last night is void.
	rounds := []lossRound{{exampleWorld, []uint64{1, 3, 6, 13, 22}, 300}}
	if accept {
		rounds = []lossRound{{exampleWorld, upTo(30), 300}, {"../../testdata/worlds/second/world.yaml", upTo(20), 300}, {wholeWorld, upTo(2), 2000}}
	}
	tally := map[string]int{}
	for _, r := range rounds {
		ln := newLossyNights(t, r.file)
		ln.best = r.best
		for _, seed := range r.seeds {
			t.Run(fmt.Sprintf("%s seed %d", filepath.Base(filepath.Dir(r.file)), seed), func(t *testing.T) {
				ds, shown := ln.play(t, seed)
				for _, l := range ln.judge(t, ds, shown) {
					tally[l]++
				}
			})
		}
	}
	t.Logf("%v", tally)
	for _, what := range []string{"birth between two looks", "death seized", "death suspended"} {
		if tally[what] == 0 {
			t.Errorf("no %s was reported at all: the test shows nothing", what)
		}
	}
}

// A lossRound is the nights of a world under several draws of losses.
type lossRound struct {
	file  string
	seeds []uint64
	best  int // candidates asked each night
}

// upTo are the seeds from 0 to n.
func upTo(n uint64) []uint64 {
	var out []uint64
	for i := range n + 1 {
		out = append(out, i)
	}
	return out
}

// lossyNights are the nights of a world, asked once and kept, so that they can be
// played again with other losses.
type lossyNights struct {
	app   *app
	house *house
	p     *probes
	best  int // candidates asked each night
	night int
	ticks time.Duration

	mu       sync.Mutex
	answers  map[string]scan.Answer
	visits   map[string]scan.Visit
	sweeps   map[string]tracker.SweepAnswer
	canaries map[int][]scan.Canary
}

func newLossyNights(t *testing.T, file string) *lossyNights {
	ln := &lossyNights{house: newHouse(t, file, thrifty), answers: map[string]scan.Answer{}, visits: map[string]scan.Visit{}, sweeps: map[string]tracker.SweepAnswer{}, canaries: map[int][]scan.Canary{}}
	ln.app = &app{Env: Env{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: time.Now}, configFile: ln.house.config, quiet: true, tick: ln.now}
	t.Cleanup(ln.app.close)
	var err error
	if ln.p, err = ln.app.openProbes(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ln
}

// now is the time of the night, a little later whenever it is asked.
func (ln *lossyNights) now() time.Time {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	ln.ticks += time.Millisecond
	return ln.house.world.Night(ln.night).Add(ln.ticks)
}

// play scans every night anew, with the losses of a seed, and returns what is
// known in the end, and when each site was first shown to us.
func (ln *lossyNights) play(t *testing.T, seed uint64) ([]tracker.Dossier, map[tracker.Name]time.Time) {
	ctx := t.Context()
	st, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "respawn.db"), Now: ln.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if err := ln.app.importConfigured(ctx, st); err != nil {
		t.Fatal(err)
	}
	ids, err := st.Cases(ctx)
	if err != nil || len(ids) != 1 {
		t.Fatalf("cases %v: %v", ids, err)
	}
	l := &lossy{ln: ln, seed: seed, voids: map[int]string{}, shown: map[tracker.Name]time.Time{}}
	nights := ln.house.world.Nights()
	for i := 0; len(l.voids) < 3; i++ {
		l.voids[int(l.draw("void", tracker.Name(fmt.Sprint(i)))*float64(nights))] = []string{"from the start", "lies", "lies"}[len(l.voids)]
	}
	q := &handQueue{}
	s := scan.New(scan.Deps{Store: newScanStore(st, nil), Queue: q, Resolver: l, Registrar: l, Crawler: l, Blobs: ln.p.blobs,
		Budget: scan.Budget{FullFor: time.Hour, Best: ln.best, CoverAllEvery: 1000 * 24 * time.Hour}, Policy: lifecycle.DefaultPolicy(), Vantage: "here", Now: ln.now,
		Log: slog.New(slog.DiscardHandler), Workers: 1})
	q.handlers = s.Handlers()
	voids := 0
	for ln.night = range nights {
		ln.ticks, l.calls = 0, 0
		at := ln.house.world.Night(ln.night)
		ln.house.srv.SetNow(at)
		rep, err := s.Scan(ctx, ids[0], at, scan.Night)
		if err != nil {
			t.Fatalf("night %d: %v", ln.night, err)
		}
		if rep.Verdict == tracker.RunVoid {
			voids++
		} else if l.voids[ln.night] != "" {
			t.Errorf("night %d is %s, want void", ln.night, rep.Verdict)
		}
	}
	if voids < 3 {
		t.Errorf("%d void nights, want 3", voids)
	}
	ds, err := scan.Dossiers(ctx, scanReader{st.View}, ids[0], time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return ds, l.shown
}

// A handQueue works its jobs one after the other, in the order of their arrival.
type handQueue struct {
	handlers map[string]func(context.Context, scan.Job) error
	jobs     []scan.Job
}

func (q *handQueue) Insert(_ context.Context, _ scan.Tx, jobs []scan.Job) error {
	for _, j := range jobs {
		j.Args = slices.Clone(j.Args)
		q.jobs = append(q.jobs, j)
	}
	return nil
}

func (q *handQueue) Drain(ctx context.Context, _ tracker.RunID, _ func(done, total int)) (failed int, err error) {
	for len(q.jobs) > 0 {
		j := q.jobs[0]
		q.jobs = q.jobs[1:]
		if err := q.handlers[j.Kind](ctx, j); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// lossy asks the world of a night and loses one answer in five.
type lossy struct {
	ln    *lossyNights
	seed  uint64
	voids map[int]string
	calls int // of Canaries, this night
	shown map[tracker.Name]time.Time
}

// draw is a number below 1 that depends on seed, night, probe and name alone.
func (l *lossy) draw(probe string, n tracker.Name) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s %s", l.seed, l.ln.night, probe, n)
	x := h.Sum64()
	x ^= x >> 33 // FNV alone mixes the last bytes too little
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

func (l *lossy) lost(probe string, n tracker.Name) bool { return l.draw(probe, n) < 0.2 }
func (l *lossy) lies() bool                             { return l.voids[l.ln.night] == "lies" }

func (l *lossy) Sweep(ctx context.Context, names iter.Seq[tracker.Name], out func(tracker.SweepAnswer)) error {
	all := slices.Collect(names)
	key := func(n tracker.Name) string { return fmt.Sprintf("%d %s", l.ln.night, n) }
	ask := slices.DeleteFunc(slices.Clone(all), func(n tracker.Name) bool { _, ok := l.ln.sweeps[key(n)]; return ok })
	r := &scanResolver{l.ln.p}
	if err := r.Sweep(ctx, slices.Values(ask), func(a tracker.SweepAnswer) { l.ln.sweeps[key(a.Name)] = a }); err != nil {
		return err
	}
	for _, n := range all {
		a := l.ln.sweeps[key(n)]
		switch {
		case l.lies():
			a.Outcome, a.Reason = tracker.Absent, tracker.ReasonNone
		case l.lost("sweep", n):
			a.Outcome, a.Reason = tracker.Unknown, tracker.ReasonTimeout
		case a.Outcome == tracker.Present && len(a.NS) == 0 && l.lost("suffix", tracker.Name(n.Suffix())): // could not be judged
			a.Outcome, a.Reason = tracker.Unknown, tracker.ReasonTimeout
		}
		out(a)
	}
	return nil
}

func (l *lossy) answer(probe string, n tracker.Name, ask func() (scan.Answer, error)) (scan.Answer, error) {
	if l.lost(probe, n) {
		return scan.Answer{Outcome: tracker.Unknown, Reason: tracker.ReasonTimeout}, nil
	}
	if l.lies() {
		return scan.Answer{Outcome: tracker.Absent, Server: "198.18.0.66:53"}, nil
	}
	key := fmt.Sprintf("%d %s %s", l.ln.night, probe, n)
	a, ok := l.ln.answers[key]
	if !ok {
		var err error
		if a, err = ask(); err != nil {
			return a, err
		}
		l.ln.answers[key] = a
	}
	return a, nil
}

func (l *lossy) Look(ctx context.Context, n tracker.Name) (scan.Answer, error) {
	return l.answer("look", n, func() (scan.Answer, error) { return (&scanResolver{l.ln.p}).Look(ctx, n) })
}

func (l *lossy) Delegation(ctx context.Context, n tracker.Name) (scan.Answer, error) {
	return l.answer("delegation", n, func() (scan.Answer, error) { return (&scanResolver{l.ln.p}).Delegation(ctx, n) })
}

func (l *lossy) Lookup(ctx context.Context, n tracker.Name) (scan.Answer, error) {
	return l.answer("registration", n, func() (scan.Answer, error) { return (&scanRegistrar{l.ln.p}).Lookup(ctx, n) })
}

func (l *lossy) Registrant(ctx context.Context, n tracker.Name, registry scan.Answer) (scan.Answer, error) {
	return l.answer("registrar", n, func() (scan.Answer, error) { return (&scanRegistrar{l.ln.p}).Registrant(ctx, n, registry) })
}

func (l *lossy) Canaries(ctx context.Context) ([]scan.Canary, error) {
	l.calls++
	if _, ok := l.ln.canaries[l.ln.night]; !ok {
		cs, err := (&scanResolver{l.ln.p}).Canaries(ctx)
		if err != nil {
			return nil, err
		}
		l.ln.canaries[l.ln.night] = cs
	}
	out := slices.Clone(l.ln.canaries[l.ln.night])
	if l.voids[l.ln.night] != "" && (l.calls > 1 || !l.lies()) {
		for i := range out {
			out[i].OK, out[i].Why = false, "our line is down"
		}
	}
	return out, nil
}

func (l *lossy) Visit(ctx context.Context, site scan.Site) (scan.Visit, error) {
	n := site.Name
	switch {
	case l.lost("web", n):
		return scan.Visit{Outcome: tracker.Unknown, Reason: tracker.ReasonTimeout}, nil
	case l.lies():
		return scan.Visit{Outcome: tracker.Absent, Reason: tracker.ReasonRefused}, nil
	}
	key := fmt.Sprintf("%d %s", l.ln.night, n)
	if site.Previous != nil {
		key += " " + string(site.Previous.Fingerprint)
	}
	v, ok := l.ln.visits[key]
	if !ok {
		var err error
		if v, err = (&scanCrawler{p: l.ln.p}).Visit(ctx, site); err != nil {
			return v, err
		}
		l.ln.visits[key] = v
	}
	if v.Web != nil {
		web := *v.Web
		v.Web = &web
		if at := l.ln.house.world.Night(l.ln.night); l.voids[l.ln.night] == "" && l.shown[n].IsZero() && (web.Cloaked || web.Class == tracker.ClassLive || web.Class == tracker.ClassRedirecting || web.Class == tracker.ClassChallenged) {
			l.shown[n] = at
		}
	}
	return v, nil
}

// A trueLife is one life of a name, by the world's own timeline. A zero died is
// alive at the last night.
type trueLife struct {
	born, died time.Time
	cause      string
}

// trueLives are the lives of a name: from one instant of its timelines to the
// next. A site that was only dark and came back is the same; one that was taken
// away before it came back is another. ends are all times at which it was alive no
// more, for good or not.
func trueLives(w *netsim.World, name tracker.Name) (lives []trueLife, ends []time.Time) {
	var sites []*netsim.Site
	var at []time.Time
	for i := range w.Sites {
		if s := &w.Sites[i]; s.Name == string(name) {
			sites = append(sites, s)
			at = append(at, s.RegisteredAt())
			for _, p := range s.Timeline {
				at = append(at, p.From.Time)
			}
			if !s.Dropped.IsZero() {
				at = append(at, s.Dropped.Time)
			}
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	was := "expired"
	for _, x := range at {
		if x.After(w.Night(w.Nights() - 1)) {
			break
		}
		is := "expired"
		for _, s := range sites {
			if st, ok := s.At(x); ok {
				is = fate(w, &st)
			}
		}
		if was == "alive" && is != was {
			ends = append(ends, x)
		}
		switch n := len(lives) - 1; {
		case is == was:
		case is == "alive" && n >= 0 && lives[n].cause == "dormant":
			lives[n].died, lives[n].cause = time.Time{}, ""
		case is == "alive":
			lives = append(lives, trueLife{born: x})
		case n >= 0 && was == "alive":
			lives[n].died, lives[n].cause = x, is
		case n >= 0 && lives[n].cause == "dormant":
			lives[n].cause = is // gone dark first, and then taken away
		}
		was = is
	}
	return lives, ends
}

// fate is what a state means for the site's life: alive, or why it is over.
func fate(w *netsim.World, st *netsim.State) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(st.Statuses, func(s string) bool { return slices.Contains(words, s) })
	}
	dead := func(web *netsim.Web) string {
		if web == nil {
			return "dormant"
		}
		if web.Down != "" {
			return "dormant"
		}
		for _, path := range []string{"/", "*"} {
			p, ok := web.Pages[path]
			switch {
			case !ok:
			case strings.Contains(p.Template, "suspended"):
				return "suspended"
			case strings.HasPrefix(p.Template, "seiz"):
				return "seized"
			case strings.HasPrefix(p.Template, "parked"), p.Template == "for-sale", strings.HasPrefix(p.Template, "nginx"):
				return "dormant"
			}
		}
		return "alive"
	}
	switch {
	case has("client hold", "server hold"):
		return "suspended"
	case slices.ContainsFunc(st.Nameservers, func(ns string) bool { return strings.HasSuffix(ns, "seized.gov") }):
		return "seized"
	case st.Nameservers != nil && len(st.Nameservers) == 0:
		return "dormant"
	case st.Web == nil && st.Host != "":
		return dead(w.Hosts[st.Host].Web)
	}
	return dead(st.Web)
}

// judge holds what is known against the truth, and returns what it saw of it.
func (ln *lossyNights) judge(t *testing.T, ds []tracker.Dossier, shown map[tracker.Name]time.Time) []string {
	w := ln.house.world
	end := w.Night(w.Nights() - 1)
	var saw []string
	for i := range ds {
		d := &ds[i]
		if slices.ContainsFunc(w.Expect.Innocents, func(x netsim.ExpectedInnocent) bool { return x.Kind == "prank" && x.Name == string(d.Name) }) {
			continue // says that it was seized: what it then is, is its own affair
		}
		truth, ends := trueLives(w, d.Name)
		wrong := func(format string, args ...any) {
			lives, _ := json.Marshal(d.Lifespans)
			t.Errorf("%s: %s\n  true: %v\n  told: %s\n  first shown %v", d.Name, fmt.Sprintf(format, args...), truth, lives, shown[d.Name])
		}
		// A life that was said to end and taken up again raised an alert all the same.
		for _, x := range d.Transitions {
			from, to := tracker.Status(x.From), tracker.Status(x.To)
			if x.Axis != tracker.AxisStatus || !from.Alive() || to.Alive() || to == tracker.StatusUnknown {
				continue
			}
			if !slices.ContainsFunc(ends, func(e time.Time) bool { return !e.Before(x.Window.Lo) && !e.After(x.Window.Hi) }) {
				wrong("said to go from %s to %s in %s, and did not", from, to, x.Window)
			}
		}
		// What happened in the last week may not be known yet, and what was over before
		// the site was shown to us for the first time cannot be.
		first, ok := shown[d.Name]
		if !ok {
			first = end
		}
		known := slices.DeleteFunc(slices.Clone(truth), func(l trueLife) bool {
			return l.born.After(end.AddDate(0, 0, -7)) || !l.died.IsZero() && l.died.Before(first)
		})
		told := slices.DeleteFunc(slices.Clone(d.Lifespans), func(l tracker.Lifespan) bool {
			return l.Birth.Hi.After(end.AddDate(0, 0, -7)) && len(truth) > len(known)
		})
		if len(told) != len(known) {
			wrong("%d lives, want %d", len(told), len(known))
			continue
		}
		for k, l := range told {
			was := known[k]
			if !l.Birth.Hi.IsZero() && l.Birth.Hi.Before(was.born) || l.Birth.Lo.After(was.born) {
				wrong("born %s, not in %s", was.born, l.Birth)
			}
			proved := func(n tracker.Night) bool {
				return n.Asked && !n.Void && n.Outcome == tracker.Absent && n.At.Before(was.born)
			}
			if k == 0 && l.Birth.Lo.IsZero() && slices.ContainsFunc(d.Nights, proved) {
				wrong("born %s, and nobody remembers that it was absent before", l.Birth)
			}
			if !l.Birth.Lo.IsZero() && l.Birth.Lo.Before(l.Birth.Hi) {
				saw = append(saw, "birth between two looks")
			}
			switch {
			case was.died.IsZero():
				if !l.Death.Hi.IsZero() {
					wrong("died (%s) in %s, and lives", l.Cause, l.Death)
				}
			case l.Death.Hi.IsZero():
				if was.died.Before(end.AddDate(0, 0, -7)) {
					wrong("died %s, and is said to live", was.died)
				}
			case l.Death.Hi.Before(was.died) || l.Death.Lo.After(was.died):
				wrong("died %s, not in %s", was.died, l.Death)
			default:
				saw = append(saw, "death "+l.Cause)
			}
		}
	}
	return saw
}
